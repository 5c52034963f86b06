import type { Cached } from '../api/cached.ts';
import type { Rollout } from '../api/rollout.ts';
import type { Cache } from '../controllers/runtime/cache-set.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Keeps one series a Rollout in step with the cache, and counts what becomes of restore commits. */
export function followRollouts(rollouts: Cache<Cached<Rollout>>, metrics: Metrics): void {
  rollouts.onChange(({ previous, current }) => {
    if (current === undefined) forget(previous, metrics);
    else if (current.parsed.ok) follow(previous, current.parsed.value, metrics);
  });
}

function forget(previous: Cached<Rollout> | undefined, metrics: Metrics): void {
  if (previous !== undefined) metrics.removeRollout(previous.raw.metadata.namespace ?? '', previous.raw.metadata.name);
}

function follow(previous: Cached<Rollout> | undefined, { metadata, spec, status }: Rollout, metrics: Metrics): void {
  metrics.setRollout({
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    strategy: spec.strategy.blueGreen === undefined ? 'canary' : 'blueGreen',
    phase: status?.phase ?? 'Unknown',
    canaryWeight: status?.canary?.weights?.canary.weight,
  });
  const now = status?.rollback?.state;
  // What a restart finds was counted before it.
  if (previous !== undefined && now !== undefined && now !== 'Intent' && now !== stateOf(previous)) metrics.countRestore(now);
}

function stateOf(cached: Cached<Rollout>): string | undefined {
  return cached.parsed.ok ? cached.parsed.value.status?.rollback?.state : undefined;
}
