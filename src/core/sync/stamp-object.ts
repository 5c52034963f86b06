import { MANAGED_BY, SOURCE_COMMIT, SOURCE_FILE, SOURCE_PATH, SYNC_NAME, SYNC_NAMESPACE } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { fieldsOf } from './fields-of.ts';
import type { Manifest } from './manifest.ts';
import { ownsSpecField, SYNC_MANAGER } from './spec-owner.ts';

export interface Stamp {
  readonly syncName: string;
  readonly syncNamespace: string;
  readonly path: string;
  readonly commit: string;
}

/** A label value of at most 63 characters; longer names are told apart by the inventory, not by the label. */
function labelValue(name: string): string {
  return name.slice(0, 63).replace(/[^A-Za-z0-9]+$/, '');
}

/**
 * Takes out what Sluice's controller writes on a live object that is in Git too: the selector of a Service that a Rollout names. It is atomic,
 * so applying it from Git would send traffic of one revision to every Pod. Only while another manager owns the selector: else leaving it out would remove it.
 */
function withoutControlled(object: KubeObject, live: KubeObject | undefined): KubeObject {
  if (object.kind !== 'Service' || live?.metadata.annotations?.[MANAGED_BY] === undefined) return object;
  if (!ownsSpecField(live, 'f:selector', (manager) => manager !== SYNC_MANAGER)) return object;
  const { selector: _selector, ...spec } = fieldsOf(object['spec']);
  return { ...object, spec };
}

/** The object to apply: the document of Git with where it came from, and the version it was judged against where others write too. */
export function stampObject(manifest: Manifest, stamp: Stamp, live: KubeObject | undefined): KubeObject {
  const object = withoutControlled(manifest.object, live);
  const guarded =
    manifest.kind === 'Service' && live !== undefined ? { uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion } : {};
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...guarded,
      labels: { ...object.metadata.labels, [SYNC_NAME]: labelValue(stamp.syncName), [SYNC_NAMESPACE]: labelValue(stamp.syncNamespace) },
      annotations: {
        ...object.metadata.annotations,
        [SOURCE_COMMIT]: stamp.commit,
        [SOURCE_PATH]: stamp.path,
        [SOURCE_FILE]: manifest.file,
      },
    },
  };
}

/** The GitSync that already has this object, when it is another one. */
export function otherOwner(live: KubeObject | undefined, stamp: Pick<Stamp, 'syncName' | 'syncNamespace'>): string | undefined {
  const name = live?.metadata.labels?.[SYNC_NAME];
  const namespace = live?.metadata.labels?.[SYNC_NAMESPACE];
  if (name === undefined || namespace === undefined) return undefined;
  return name === labelValue(stamp.syncName) && namespace === labelValue(stamp.syncNamespace) ? undefined : `${namespace}/${name}`;
}
