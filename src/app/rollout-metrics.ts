import type { Rollout } from '../api/rollout.ts';
import type { Cached } from '../api/cached.ts';
import type { Cache } from '../controllers/runtime/cache-set.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Keeps one series a Rollout in step with the cache, and counts what becomes of restore commits. */
export function followRollouts(rollouts: Cache<Cached<Rollout>>, metrics: Metrics): void {
  rollouts.onChange(({ previous, current }) => {
    if (current === undefined) {
      const gone = previous?.raw.metadata;
      if (gone !== undefined) metrics.removeRollout(gone.namespace ?? '', gone.name);
      return;
    }
    if (!current.parsed.ok) return;
    const { metadata, spec, status } = current.parsed.value;
    metrics.setRollout({
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      strategy: spec.strategy.blueGreen === undefined ? 'canary' : 'blueGreen',
      phase: status?.phase ?? 'Unknown',
      canaryWeight: status?.canary?.weights?.canary.weight,
    });
    const before = previous?.parsed.ok === true ? previous.parsed.value.status?.rollback?.state : undefined;
    const now = status?.rollback?.state;
    if (previous !== undefined && now !== undefined && now !== before && now !== 'Intent') metrics.countRestore(now);
  });
}
