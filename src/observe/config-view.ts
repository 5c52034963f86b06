import { z } from 'zod';
import { COPY_OF, COPY_OF_UID, FOLLOW } from '../api/labels.ts';
import { type KubeObject, objectMetaSchema } from '../api/metadata.ts';
import { digestConfig } from '../core/config/config-digest.ts';
import type { ConfigKind } from '../core/config/config-refs.ts';
import type { ObservedConfigObject } from '../core/config/observed-config.ts';

const configSchema = z.object({ metadata: objectMetaSchema, immutable: z.boolean().nullish(), type: z.string().nullish() });

/** Secrets that a pod reads; the others belong to the cluster itself, or to pulls of images. */
const COPIED_TYPES: ReadonlySet<string> = new Set(['Opaque', 'kubernetes.io/basic-auth', 'kubernetes.io/ssh-auth', 'kubernetes.io/tls']);

/** A ConfigMap or Secret as the caches hold it: who it is and what digests its content has. The content itself is dropped, however large it is. */
export interface ConfigView {
  readonly namespace: string;
  readonly observed: ObservedConfigObject;
}

/** Parses a ConfigMap or Secret that the API server sent. Throws a ZodError when it is none. */
export function toConfigView(kind: ConfigKind): (object: KubeObject) => ConfigView {
  return (object) => {
    const { metadata, immutable, type } = configSchema.parse(object);
    const annotations = metadata.annotations ?? {};
    const copyOf = annotations[COPY_OF];
    const salt = kind === 'Secret' ? ((copyOf === undefined ? metadata.uid : annotations[COPY_OF_UID]) ?? '') : '';
    return {
      namespace: metadata.namespace ?? '',
      observed: {
        kind,
        name: metadata.name,
        uid: metadata.uid ?? '',
        resourceVersion: metadata.resourceVersion ?? '',
        // Items of a list say no kind.
        ...digestConfig({ ...object, kind }, salt),
        live: annotations[FOLLOW] === 'false' || (kind === 'Secret' && !COPIED_TYPES.has(type ?? 'Opaque')),
        immutable: immutable === true,
        deleting: metadata.deletionTimestamp !== undefined,
        copyOf,
        ownerReferences: metadata.ownerReferences ?? [],
      },
    };
  };
}
