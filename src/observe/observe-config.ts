import { CONFIG_RECORD } from '../api/labels.ts';
import type { Rollout } from '../api/rollout.ts';
import { type ConfigKind, configKey, configRefs, splitConfigKey } from '../core/config/config-refs.ts';
import { followsConfig } from '../core/config/live-config.ts';
import type { ObservedConfig, ObservedConfigObject } from '../core/config/observed-config.ts';
import { recordOf } from '../core/config/revision-label.ts';
import { configCopyName } from '../core/identity/names.ts';
import type { ObservedReplicaSet } from '../core/rollout/observed.ts';
import type { ConfigSources } from './config-sources.ts';

/** Whether this Rollout's pods take configuration from objects that are part of its revisions. */
export function usesConfig(rollout: Rollout): boolean {
  const { template, workloadRef } = rollout.spec;
  return followsConfig(rollout.spec) && (workloadRef !== undefined || configRefs(template ?? {}).length > 0);
}

/** What the caches say of the configuration of a Rollout; undefined when neither its template nor a revision of it has any. */
export function observeConfig(
  rollout: Rollout,
  replicaSets: readonly ObservedReplicaSet[],
  sources: ConfigSources,
): ObservedConfig | undefined {
  const refs = configRefs(rollout.spec.template ?? {});
  const recorded = replicaSets.some((set) => set.annotations[CONFIG_RECORD] !== undefined);
  if (!recorded && !(followsConfig(rollout.spec) && refs.length > 0)) return undefined;
  const namespace = rollout.metadata.namespace ?? '';
  sources.need(namespace);
  const objects = new Map<string, ObservedConfigObject>();
  /** An object, what it was copied from, and what is or would be its copy. */
  const look = (kind: ConfigKind, name: string | undefined): void => {
    const object = name === undefined || objects.has(configKey({ kind, name })) ? undefined : sources.find(namespace, kind, name);
    if (object === undefined) return;
    objects.set(configKey(object), object);
    look(kind, object.copyOf);
    if (object.copyOf === undefined) look(kind, configCopyName(object.name, object.digest));
  };
  for (const ref of [...refs, ...replicaSets.flatMap((set) => configRefs(set.template))]) look(ref.kind, ref.name);
  for (const set of replicaSets) for (const key of recordOf(set).keys()) look(splitConfigKey(key).kind, splitConfigKey(key).name);
  for (const object of sources.ownedBy(namespace, rollout.metadata.uid ?? '')) look(object.kind, object.name);
  return {
    configMaps: sources.reading(namespace, 'ConfigMap'),
    secrets: sources.reading(namespace, 'Secret'),
    objects,
    refused: undefined,
  };
}
