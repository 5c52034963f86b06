import { fieldsOf } from '../sync/fields-of.ts';

type Fields = Readonly<Record<string, unknown>>;

function items(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function name(value: unknown): readonly string[] {
  return typeof value === 'string' && value !== '' ? [value] : [];
}

/** Names of the ConfigMaps and Secrets that a pod template uses: env, envFrom, volumes, projected volumes, pull secrets. */
export interface PodConfig {
  readonly configMaps: readonly string[];
  readonly secrets: readonly string[];
  readonly serviceAccounts: readonly string[];
  readonly claims: readonly string[];
}

/** What a pod template takes its configuration from. Never throws: what is not understood is not referenced. */
export function podConfig(template: unknown): PodConfig {
  const spec = fieldsOf(fieldsOf(template)['spec']);
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) => items(spec[list]));
  const env = containers.flatMap((container) => items(container['env'])).map((one) => fieldsOf(one['valueFrom']));
  const envFrom = containers.flatMap((container) => items(container['envFrom']));
  const volumes = items(spec['volumes']);
  const projected = volumes.flatMap((volume) => items(fieldsOf(volume['projected'])['sources']));
  const configMaps = [
    ...env.flatMap((from) => name(fieldsOf(from['configMapKeyRef'])['name'])),
    ...[...envFrom].flatMap((from) => name(fieldsOf(from['configMapRef'])['name'])),
    ...[...volumes, ...projected].flatMap((from) => name(fieldsOf(from['configMap'])['name'])),
  ];
  const secrets = [
    ...env.flatMap((from) => name(fieldsOf(from['secretKeyRef'])['name'])),
    ...envFrom.flatMap((from) => name(fieldsOf(from['secretRef'])['name'])),
    ...volumes.flatMap((volume) => name(fieldsOf(volume['secret'])['secretName'])),
    ...projected.flatMap((from) => name(fieldsOf(from['secret'])['name'])),
    ...items(spec['imagePullSecrets']).flatMap((pull) => name(pull['name'])),
  ];
  return {
    configMaps: [...new Set(configMaps)].toSorted(),
    secrets: [...new Set(secrets)].toSorted(),
    serviceAccounts: name(spec['serviceAccountName']),
    claims: volumes.flatMap((volume) => name(fieldsOf(volume['persistentVolumeClaim'])['claimName'])),
  };
}
