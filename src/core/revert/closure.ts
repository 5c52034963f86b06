import { GROUP } from '../../api/labels.ts';
import { fieldsOf } from '../sync/fields-of.ts';
import { type Manifest, manifestId } from '../sync/manifest.ts';
import { podConfig } from './pod-config.ts';

/** Ids of what one revision of a Rollout consists of. */
export interface Closure {
  /** The Rollout, the workload that it refers to, the ConfigMaps its pods use; whether or not there are documents of them. */
  readonly ids: ReadonlySet<string>;
  /** Secrets its pods use: never restored, but named to people when they changed too. */
  readonly secretIds: ReadonlySet<string>;
  /** The Rollout's own pod template; undefined when it refers to a workload. */
  readonly template: unknown;
}

/** The id of a Rollout's document. */
export function rolloutId(rollout: { readonly namespace: string; readonly name: string }): string {
  return manifestId({ group: GROUP, kind: 'Rollout', namespace: rollout.namespace, name: rollout.name });
}

/** The pod template of a Deployment, ReplicaSet or PodTemplate. */
function templateOf(workload: Manifest): unknown {
  return workload.kind === 'PodTemplate' ? workload.object['template'] : fieldsOf(workload.object['spec'])['template'];
}

/** The id of the workload, by the words of the Rollout: its document may stand in a file that cannot be read. */
function workloadIds(ref: ReturnType<typeof fieldsOf>, namespace: string): readonly string[] {
  const { apiVersion, kind, name } = ref;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return [];
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return [manifestId({ group, kind, namespace, name })];
}

/** The Rollout's closure in the documents of one commit; undefined when they do not hold the Rollout. */
export function closureOf(
  manifests: readonly Manifest[],
  rollout: { readonly namespace: string; readonly name: string },
): Closure | undefined {
  const id = rolloutId(rollout);
  const document = manifests.find((manifest) => manifest.id === id);
  if (document === undefined) return undefined;
  const { namespace } = rollout;
  const spec = fieldsOf(document.object['spec']);
  const workloadRef = fieldsOf(spec['workloadRef']);
  const workload = manifests.find(
    (manifest) =>
      manifest.namespace === namespace &&
      manifest.object.apiVersion === workloadRef['apiVersion'] &&
      manifest.kind === workloadRef['kind'] &&
      manifest.name === workloadRef['name'],
  );
  const template = workload === undefined ? spec['template'] : templateOf(workload);
  const config = podConfig(template);
  const coreId =
    (kind: string) =>
    (name: string): string =>
      manifestId({ group: '', kind, namespace, name });
  return {
    ids: new Set([id, ...workloadIds(workloadRef, namespace), ...config.configMaps.map(coreId('ConfigMap'))]),
    secretIds: new Set(config.secrets.map(coreId('Secret'))),
    template: spec['workloadRef'] === undefined ? spec['template'] : undefined,
  };
}
