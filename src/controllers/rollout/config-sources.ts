import type { ConfigKind } from '../../core/config/config-refs.ts';
import type { ConfigReading } from '../../core/config/observed-config.ts';
import type { ConfigSources } from '../../observe/config-sources.ts';
import type { ConfigView } from '../../observe/config-view.ts';
import { BY_OWNER } from '../../observe/rollout-stores.ts';
import type { Look, OnDemandCache } from '../runtime/on-demand-cache.ts';

export interface ConfigCaches {
  readonly ConfigMap: OnDemandCache<ConfigView>;
  readonly Secret: OnDemandCache<ConfigView>;
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
    reading: (namespace, kind) => (isOn(namespace, kind) ? readingOf(caches[kind].look(namespace)) : { state: 'Off' }),
    find: (namespace, kind, name) => caches[kind].store.get(`${namespace}/${name}`)?.observed,
    ownedBy: (namespace, uid) =>
      kindsOf(namespace).flatMap((kind) => (caches[kind].storeIn(namespace)?.byIndex(BY_OWNER, uid) ?? []).map((view) => view.observed)),
  };
}

/** What may no longer be read gets old without a sign: it counts as unreadable although it is held. */
function readingOf(look: Look): ConfigReading {
  switch (look.state) {
    case 'Read':
      return { state: 'Read' };
    case 'Refused':
      return { state: 'Unreadable', message: look.message };
    case 'Failing':
      return look.late ? { state: 'Unreadable', message: look.message } : { state: 'Loading' };
    case 'Loading':
      return look.late ? { state: 'Unreadable', message: 'the API server has not answered yet' } : { state: 'Loading' };
  }
}
