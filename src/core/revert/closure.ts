import { GROUP } from '../../api/labels.ts';
import { type Manifest, manifestId } from '../sync/manifest.ts';
import { podConfig } from './pod-config.ts';

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {};
}

/** Ids of what one revision of a Rollout consists of. */
export interface Closure {
  /** The Rollout, the workload that it refers to, the ConfigMaps its pods use. */
  readonly ids: ReadonlySet<string>;
  /** Secrets its pods use: never restored, but named to people when they changed too. */
  readonly secretIds: ReadonlySet<string>;
}

/** The id of a Rollout's document. */
export function rolloutId(rollout: { readonly namespace: string; readonly name: string }): string {
  return manifestId({ group: GROUP, kind: 'Rollout', namespace: rollout.namespace, name: rollout.name });
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
  const spec = fields(document.object['spec']);
  const workloadRef = fields(spec['workloadRef']);
  const workload = manifests.find(
    (manifest) => manifest.namespace === namespace && manifest.kind === workloadRef['kind'] && manifest.name === workloadRef['name'],
  );
  const template = workload === undefined ? spec['template'] : fields(workload.object['spec'])['template'];
  const config = podConfig(template);
  const core =
    (kind: string) =>
    (name: string): string =>
      manifestId({ group: '', kind, namespace, name });
  return {
    ids: new Set([id, ...(workload === undefined ? [] : [workload.id]), ...config.configMaps.map(core('ConfigMap'))]),
    secretIds: new Set(config.secrets.map(core('Secret'))),
  };
}
