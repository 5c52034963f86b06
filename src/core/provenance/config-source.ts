import type { GitSync } from '../../api/git-sync.ts';
import type { Rollout } from '../../api/rollout.ts';
import { configKey, splitConfigKey } from '../config/config-refs.ts';
import { followsConfig, liveConfig } from '../config/live-config.ts';
import type { ObservedConfig, ObservedConfigObject } from '../config/observed-config.ts';
import { configMapEntry } from '../revert/closure-record.ts';

interface FollowedConfigMap {
  readonly name: string;
  /** Undefined for an optional one that does not exist. */
  readonly object: ObservedConfigObject | undefined;
}

/** The ConfigMaps that are part of the live revision; undefined when they cannot be told. */
function followedConfigMaps(rollout: Rollout, config: ObservedConfig | undefined): readonly FollowedConfigMap[] | undefined {
  const live = liveConfig(rollout.spec.template ?? {}, followsConfig(rollout.spec) ? config : undefined);
  if (live.problem !== undefined) return undefined;
  return [...live.record.keys()]
    .map(splitConfigKey)
    .filter(({ kind }) => kind === 'ConfigMap')
    .map(({ kind, name }) => ({ name, object: config?.objects.get(configKey({ kind, name })) }));
}

/**
 * Whether the record of a reconciler is of the ConfigMaps as they are: `None` when no ConfigMap is part of the revision; `Other` when one is not what the record
 * says, or cannot be told. A change that the record does not know yet, or that no commit made, is not blamed on a commit.
 */
export function configSource(rollout: Rollout, config: ObservedConfig | undefined, sync: GitSync): 'None' | 'Recorded' | 'Other' {
  const followed = followedConfigMaps(rollout, config);
  if (followed === undefined) return 'Other';
  if (followed.length === 0) return 'None';
  const inventory = sync.status?.inventory ?? [];
  const recorded = followed.every(({ name, object }) => {
    const entry = configMapEntry(inventory, rollout.metadata.namespace ?? '', name);
    return entry === undefined || (entry.uid === object?.uid && entry.content === object.digest);
  });
  return recorded ? 'Recorded' : 'Other';
}
