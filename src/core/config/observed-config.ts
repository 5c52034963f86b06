import type { OwnerReference } from '../../api/metadata.ts';
import type { Instant } from '../../api/time.ts';
import type { Seen } from '../plan/seen.ts';
import type { ConfigDigest } from './config-digest.ts';
import type { ConfigKind } from './config-refs.ts';

/** A ConfigMap or Secret as decisions see it: digests, never a value. */
export interface ObservedConfigObject extends Seen, ConfigDigest {
  readonly kind: ConfigKind;
  /** Pods are to see it live: it is neither copied nor followed. */
  readonly live: boolean;
  readonly immutable: boolean;
  readonly deleting: boolean;
  /** The name of the object that this is a copy of; undefined when it is none. */
  readonly copyOf: string | undefined;
  readonly ownerReferences: readonly OwnerReference[];
}

/**
 * Whether objects of a kind can be read in the Rollout's namespace. `Off`: this kind is not followed here, and references to it stay as they are. `Loading`: the
 * caches are being filled, and nothing is to be decided on them.
 */
export type ConfigReading =
  | { readonly state: 'Read' }
  | { readonly state: 'Off' }
  | { readonly state: 'Loading' }
  | { readonly state: 'Unreadable'; readonly message: string };

/** What the caches say of the configuration that a Rollout's pods use. */
export interface ObservedConfig {
  readonly configMaps: ConfigReading;
  readonly secrets: ConfigReading;
  /** By `Kind/name`: what the template and the ReplicaSets refer to, the copies that belong to it, and the copies that this Rollout owns. */
  readonly objects: ReadonlyMap<string, ObservedConfigObject>;
  /** Why the API server refused a copy not long ago, and until when that counts. */
  readonly refused: { readonly message: string; readonly until: Instant } | undefined;
}
