import { z } from 'zod';

const security = z.looseObject({
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.number().optional(),
  allowPrivilegeEscalation: z.boolean().optional(),
  privileged: z.boolean().optional(),
  procMount: z.string().optional(),
  seccompProfile: z.object({ type: z.string() }).optional(),
  capabilities: z.object({ drop: z.array(z.string()).default([]), add: z.array(z.string()).default([]) }).optional(),
  sysctls: z.array(z.unknown()).optional(),
});
const container = z.looseObject({
  name: z.string(),
  securityContext: security.default({}),
  ports: z.array(z.looseObject({ hostPort: z.number().optional() })).default([]),
});
const podSpec = z.looseObject({
  hostNetwork: z.boolean().optional(),
  hostPID: z.boolean().optional(),
  hostIPC: z.boolean().optional(),
  securityContext: security.default({}),
  containers: z.array(container).min(1),
  initContainers: z.array(container).default([]),
  volumes: z.array(z.looseObject({ name: z.string() })).default([]),
});

type Container = z.infer<typeof container>;
type Security = z.infer<typeof security>;

const VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];
const PROFILES = ['RuntimeDefault', 'Localhost'];

function containerProblems({ name, securityContext: own, ports }: Container, pod: Security): readonly string[] {
  const seccomp = own.seccompProfile?.type ?? pod.seccompProfile?.type;
  const rules: readonly (readonly [boolean, string])[] = [
    [own.privileged === true, 'privileged'],
    [own.allowPrivilegeEscalation !== false, 'allowPrivilegeEscalation is not false'],
    [(own.runAsNonRoot ?? pod.runAsNonRoot) !== true, 'runAsNonRoot is not true'],
    [(own.runAsUser ?? pod.runAsUser) === 0, 'runAsUser is 0'],
    [seccomp === undefined || !PROFILES.includes(seccomp), 'seccompProfile is not RuntimeDefault'],
    [own.capabilities?.drop.includes('ALL') !== true, 'capabilities.drop lacks ALL'],
    [own.capabilities?.add.some((one) => one !== 'NET_BIND_SERVICE') === true, 'capabilities.add'],
    [own.procMount !== undefined && own.procMount !== 'Default', 'procMount'],
    [ports.some((port) => (port.hostPort ?? 0) !== 0), 'hostPort'],
  ];
  return rules.flatMap(([broken, what]) => (broken ? [`${name}: ${what}`] : []));
}

/** What keeps a pod from a namespace that enforces the Pod Security Standard `restricted` (Kubernetes 1.36). */
export function restrictedProblems(spec: unknown): readonly string[] {
  const pod = podSpec.parse(spec);
  const host = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => pod[field] === true);
  const volumes = pod.volumes.filter(({ name: _name, ...source }) => !Object.keys(source).every((type) => VOLUMES.includes(type)));
  return [
    ...host,
    ...volumes.map(({ name }) => `volume ${name}`),
    ...(pod.securityContext.sysctls === undefined ? [] : ['sysctls']),
    ...[...pod.containers, ...pod.initContainers].flatMap((one) => containerProblems(one, pod.securityContext)),
  ];
}
