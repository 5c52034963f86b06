import { createHash } from 'node:crypto';
import { isObject, type JsonObject } from './json.ts';
import { metadataOf, metaText } from './object-meta.ts';

function fill(target: JsonObject, defaults: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(defaults)) if (target[key] === undefined) target[key] = value;
}

function inner(target: JsonObject, key: string): JsonObject {
  const value = target[key];
  const member = isObject(value) ? value : {};
  target[key] = member;
  return member;
}

function items(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function defaultContainer(container: JsonObject): void {
  const image = typeof container['image'] === 'string' ? container['image'] : '';
  const latest = image.endsWith(':latest') || !/[:@]/u.test(image.slice(image.lastIndexOf('/') + 1));
  fill(container, {
    imagePullPolicy: latest ? 'Always' : 'IfNotPresent',
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  for (const port of items(container['ports'])) fill(port, { protocol: 'TCP' });
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (!isObject(probe)) continue;
    fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    if (isObject(probe['httpGet'])) fill(probe['httpGet'], { path: '/', scheme: 'HTTP' });
  }
  for (const variable of items(container['env'])) {
    const field = isObject(variable['valueFrom']) ? variable['valueFrom']['fieldRef'] : undefined;
    if (isObject(field)) fill(field, { apiVersion: 'v1' });
  }
}

function defaultPodSpec(spec: JsonObject): void {
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  if (typeof spec['serviceAccountName'] === 'string') fill(spec, { serviceAccount: spec['serviceAccountName'] });
  for (const container of [...items(spec['containers']), ...items(spec['initContainers'])]) defaultContainer(container);
  for (const volume of items(spec['volumes'])) {
    for (const name of ['configMap', 'secret', 'projected', 'downwardAPI']) {
      if (isObject(volume[name])) fill(volume[name], { defaultMode: 420 });
    }
  }
}

function defaultTemplate(spec: JsonObject): void {
  const template = spec['template'];
  if (isObject(template) && isObject(template['spec'])) defaultPodSpec(template['spec']);
}

/** An address of the service range that depends on the Service's uid only. */
function clusterAddress(uid: string): string {
  const bytes = createHash('sha256').update(uid).digest();
  return `10.96.${bytes[0] ?? 0}.${1 + ((bytes[1] ?? 0) % 254)}`;
}

function defaultService(object: JsonObject): void {
  const spec = inner(object, 'spec');
  fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  if (spec['type'] !== 'ExternalName') {
    fill(spec, { clusterIP: clusterAddress(metaText(object, 'uid') ?? '') });
    fill(spec, { clusterIPs: [spec['clusterIP']], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', internalTrafficPolicy: 'Cluster' });
  }
  for (const port of items(spec['ports'])) fill(port, { protocol: 'TCP', targetPort: port['port'] });
  fill(object, { status: { loadBalancer: {} } });
}

function defaultReplicaSet(object: JsonObject): void {
  const spec = inner(object, 'spec');
  fill(spec, { replicas: 1 });
  defaultTemplate(spec);
  labelFromTemplate(object, spec);
  fill(object, { status: { replicas: 0 } });
}

/** apps/v1 copies the template's labels when the object has none. */
function labelFromTemplate(object: JsonObject, spec: JsonObject): void {
  const template = spec['template'];
  const labels = isObject(template) ? metadataOf(template)['labels'] : undefined;
  const metadata = metadataOf(object);
  if (isObject(labels) && metadata['labels'] === undefined) object['metadata'] = { ...metadata, labels: { ...labels } };
}

function defaultDeployment(object: JsonObject): void {
  const spec = inner(object, 'spec');
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = inner(spec, 'strategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy['type'] === 'RollingUpdate') fill(inner(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
  defaultTemplate(spec);
  labelFromTemplate(object, spec);
  fill(object, { status: {} });
}

function defaultPod(object: JsonObject): void {
  const spec = inner(object, 'spec');
  defaultPodSpec(spec);
  fill(spec, { enableServiceLinks: true, preemptionPolicy: 'PreemptLowerPriority', priority: 0 });
  fill(inner(object, 'status'), { phase: 'Pending', qosClass: 'BestEffort' });
}

function defaultSecret(object: JsonObject): void {
  const text = object['stringData'];
  delete object['stringData'];
  if (isObject(text)) {
    const data = inner(object, 'data');
    for (const [key, value] of Object.entries(text)) data[key] = Buffer.from(String(value)).toString('base64');
  }
  fill(object, { type: 'Opaque' });
}

function defaultNamespace(object: JsonObject): void {
  const name = metaText(object, 'name') ?? '';
  const metadata = metadataOf(object);
  const labels = isObject(metadata['labels']) ? metadata['labels'] : {};
  object['metadata'] = { ...metadata, labels: { ...labels, 'kubernetes.io/metadata.name': name } };
  fill(inner(object, 'spec'), { finalizers: ['kubernetes'] });
  fill(inner(object, 'status'), { phase: 'Active' });
}

function defaultBinding(object: JsonObject): void {
  for (const subject of items(object['subjects'])) {
    if (subject['kind'] === 'ServiceAccount') continue;
    fill(subject, { apiGroup: 'rbac.authorization.k8s.io' });
  }
}

const DEFAULTS: Readonly<Record<string, (object: JsonObject) => void>> = {
  Pod: defaultPod,
  Service: defaultService,
  ReplicaSet: defaultReplicaSet,
  Deployment: defaultDeployment,
  PodTemplate: defaultTemplate,
  Secret: defaultSecret,
  Namespace: defaultNamespace,
  RoleBinding: defaultBinding,
  ClusterRoleBinding: defaultBinding,
};

/** Fills in what the API server's own code adds to built-in kinds beyond the published defaults, in place. */
export function applyBuiltInDefaults(kind: string, object: JsonObject): void {
  DEFAULTS[kind]?.(object);
}
