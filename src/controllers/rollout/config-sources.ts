import type { ConfigKind } from '../../core/config/config-refs.ts';
import type { ConfigReading, ObservedConfigObject } from '../../core/config/observed-config.ts';
import type { NamespaceCache } from '../runtime/namespace-cache.ts';
import type { ConfigView } from './config-view.ts';
import { BY_OWNER } from './rollout-stores.ts';

/** ConfigMaps and Secrets as the caches hold them: digests of what is in the namespaces where a Rollout needs it. */
export interface ConfigSources {
  need(namespace: string): void;
  drop(namespace: string): void;
  reading(namespace: string, kind: ConfigKind): ConfigReading;
  find(namespace: string, kind: ConfigKind, name: string): ObservedConfigObject | undefined;
  /** Everything that an object with this uid owns. */
  ownedBy(namespace: string, uid: string): readonly ObservedConfigObject[];
}

export interface ConfigCaches {
  readonly ConfigMap: NamespaceCache<ConfigView>;
  readonly Secret: NamespaceCache<ConfigView>;
  /** Only where the installation grants it: a Secret is read nowhere else. */
  readonly secretNamespaces: readonly string[];
}

const KINDS: readonly ConfigKind[] = ['ConfigMap', 'Secret'];

/** Reads configuration from its caches. */
export function createConfigSources(caches: ConfigCaches): ConfigSources {
  const isOn = (namespace: string, kind: ConfigKind): boolean => kind === 'ConfigMap' || caches.secretNamespaces.includes(namespace);
  const kindsOf = (namespace: string): readonly ConfigKind[] => KINDS.filter((kind) => isOn(namespace, kind));
  return {
    need: (namespace) => kindsOf(namespace).forEach((kind) => caches[kind].need(namespace)),
    drop: (namespace) => kindsOf(namespace).forEach((kind) => caches[kind].drop(namespace)),
    reading: (namespace, kind) => (isOn(namespace, kind) ? caches[kind].reading(namespace) : { state: 'Off' }),
    find: (namespace, kind, name) => caches[kind].store.get(`${namespace}/${name}`)?.observed,
    ownedBy: (namespace, uid) =>
      kindsOf(namespace).flatMap((kind) => (caches[kind].storeIn(namespace)?.byIndex(BY_OWNER, uid) ?? []).map((view) => view.observed)),
  };
}
