import type { ConfigKind } from '../core/config/config-refs.ts';
import type { ConfigReading, ObservedConfigObject } from '../core/config/observed-config.ts';

/** ConfigMaps and Secrets as whoever observes holds them: digests of what is in the namespaces where a Rollout needs it. */
export interface ConfigSources {
  need(namespace: string): void;
  drop(namespace: string): void;
  reading(namespace: string, kind: ConfigKind): ConfigReading;
  find(namespace: string, kind: ConfigKind, name: string): ObservedConfigObject | undefined;
  /** Everything that an object with this uid owns. */
  ownedBy(namespace: string, uid: string): readonly ObservedConfigObject[];
}
