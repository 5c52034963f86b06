import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { KindDescriptor } from '../../../src/api/kinds.ts';
import { CONFIG_MAP, SECRET } from '../../../src/api/kinds.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { binaryPath, partFiles, unpackedRoot } from '../build/lab-cache.ts';
import { partNamed } from '../build/parts.ts';
import { libraryPath } from '../build/system-program.ts';
import { ADDRESSES, portOf } from './addresses.ts';
import { ensureNamespace, installCrdsBelow } from './furnish.ts';
import type { LabFiles } from './lab-files.ts';
import type { PartCommand } from './part-command.ts';

/** Argo CD's own namespace. */
export const ARGOCD_NAMESPACE = 'argocd';
const APP_PROJECT: KindDescriptor = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'AppProject',
  plural: 'appprojects',
  namespaced: true,
};
const CONFIGS = ['argocd-cm', 'argocd-rbac-cm', 'argocd-gpg-keys-cm', 'argocd-ssh-known-hosts-cm', 'argocd-tls-certs-cm'];

function at(files: LabFiles, ...names: readonly string[]): string {
  return path.join(files.directory, 'argocd', ...names);
}

/** What a person tells Argo CD of our kinds: their conditions are those of kstatus. */
const HEALTH = `hs = {status = "Progressing", message = "not looked at yet"}
if obj.status ~= nil and obj.status.conditions ~= nil and obj.status.observedGeneration == obj.metadata.generation then
  for _, c in ipairs(obj.status.conditions) do
    if c.type == "Stalled" and c.status == "True" then return {status = "Degraded", message = c.message} end
    if c.type == "Ready" and c.status == "True" then hs = {status = "Healthy", message = c.message} end
  end
end
return hs
`;

async function install(cluster: Cluster): Promise<void> {
  await installCrdsBelow(cluster, partFiles(partNamed('argocd'), 'manifests', 'crds'));
  await ensureNamespace(cluster, ARGOCD_NAMESPACE);
  const named = (name: string) => ({
    name,
    namespace: ARGOCD_NAMESPACE,
    labels: { 'app.kubernetes.io/part-of': 'argocd', 'app.kubernetes.io/name': name },
  });
  const options = { fieldManager: 'lab', force: true };
  for (const name of CONFIGS) {
    const data = name === 'argocd-cm' ? { data: { 'resource.customizations.health.sluice.dev_Rollout': HEALTH } } : {};
    await cluster.apply(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: named(name), ...data }, options);
  }
  const stringData = { 'server.secretkey': 'lab' };
  await cluster.apply(SECRET, { apiVersion: 'v1', kind: 'Secret', metadata: named('argocd-secret'), stringData }, options);
  // Its API server makes this one when it starts; it does not run here.
  const spec = {
    sourceRepos: ['*'],
    destinations: [{ namespace: '*', server: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  };
  const project = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default', namespace: ARGOCD_NAMESPACE },
    spec,
  };
  await cluster.apply(APP_PROJECT, project, options);
}

/** Definitions, settings, and a folder in which its programs find each other by their names. */
export async function prepareArgoCd(files: LabFiles, cluster: Cluster): Promise<void> {
  for (const name of ['tls', 'ssh', 'plugin', 'tmp', 'bin']) mkdirSync(at(files, name), { recursive: true });
  // It trusts the lab's Git server: a file named after the host.
  copyFileSync(files.authority, at(files, 'tls', new URL(ADDRESSES.git).hostname));
  const link = (target: string, name: string): void => {
    try {
      symlinkSync(target, at(files, 'bin', name));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  };
  link(binaryPath(partNamed('argocd')), 'argocd');
  for (const name of ['git-verify-wrapper.sh', 'gpg-wrapper.sh']) link(partFiles(partNamed('argocd'), 'hack', name), name);
  await install(cluster);
}

function command(files: LabFiles, as: string, args: readonly string[], ready: string): PartCommand {
  return {
    program: at(files, 'bin', 'argocd'),
    args,
    env: {
      ARGOCD_BINARY_NAME: as,
      // The kubeconfig stands for the cluster that it believes to run in.
      ARGOCD_FAKE_IN_CLUSTER: 'true',
      ARGOCD_GPG_ENABLED: 'false',
      ARGOCD_TLS_DATA_PATH: at(files, 'tls'),
      ARGOCD_SSH_DATA_PATH: at(files, 'ssh'),
      ARGOCD_PLUGINSOCKFILEPATH: at(files, 'plugin'),
      ARGOCD_ASK_PASS_SOCK: at(files, 'ask.sock'),
      KUBECONFIG: files.kubeconfig,
      TMPDIR: at(files, 'tmp'),
      HOME: at(files),
      PATH: `${at(files, 'bin')}${path.delimiter}${process.env['PATH'] ?? ''}`,
    },
    ready,
  };
}

const REDIS = new URL(ADDRESSES.redis).host;

/** Reads repositories. */
export function repoServerCommand(files: LabFiles): PartCommand {
  const listen = ['--address', '127.0.0.1', '--port', String(portOf(ADDRESSES.argoRepository))];
  const metrics = ['--metrics-address', '127.0.0.1', '--metrics-port', String(portOf(ADDRESSES.argoRepositoryMetrics))];
  const args = [...listen, ...metrics, '--disable-tls', '--client-ca-path=', '--redis', REDIS];
  return command(files, 'argocd-repo-server', args, ADDRESSES.argoRepository);
}

/** Applies what was read. */
export function applicationControllerCommand(files: LabFiles): PartCommand {
  const repository = ['--repo-server', new URL(ADDRESSES.argoRepository).host, '--repo-server-plaintext', '--redis', REDIS];
  const kube = ['--kubeconfig', files.kubeconfig, '--namespace', ARGOCD_NAMESPACE];
  const metrics = ['--metrics-port', String(portOf(ADDRESSES.argoApplications))];
  return command(files, 'argocd-application-controller', [...repository, ...kube, ...metrics], `${ADDRESSES.argoApplications}/metrics`);
}

/** Argo CD's cache; nothing of it is kept. */
export function redisCommand(files: LabFiles): PartCommand {
  const part = partNamed('redis-server');
  const libraries = part.from === 'debian' ? libraryPath(unpackedRoot(part)) : '';
  return {
    program: binaryPath(part),
    args: ['--bind', '127.0.0.1', '--port', String(portOf(ADDRESSES.redis)), '--save', '', '--appendonly', 'no', '--dir', files.directory],
    ...(libraries === '' ? {} : { env: { LD_LIBRARY_PATH: libraries } }),
    ready: ADDRESSES.redis,
  };
}
