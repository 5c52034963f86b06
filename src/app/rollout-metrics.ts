import type { Cached } from '../api/cached.ts';
import type { Rollout } from '../api/rollout.ts';
import { ROUTERS } from '../api/rollout-traffic.ts';
import { parseInstant } from '../api/time.ts';
import type { Cache } from '../controllers/runtime/cache.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { RolloutSample } from '../telemetry/rollout-gauges.ts';

/** Keeps one series a Rollout in step with the cache, and counts how releases and restore commits end. */
export function followRollouts(rollouts: Cache<Cached<Rollout>>, metrics: Metrics): void {
  rollouts.onChange(({ previous, current }) => {
    if (current === undefined) forget(previous, metrics);
    else if (current.parsed.ok) follow(previous, current.parsed.value, metrics);
  });
}

function forget(previous: Cached<Rollout> | undefined, metrics: Metrics): void {
  if (previous !== undefined) metrics.removeRollout(previous.raw.metadata.namespace ?? '', previous.raw.metadata.name);
}

/** The names of the traffic routers, joined by commas. */
function routersOf({ canary }: Rollout['spec']['strategy']): string {
  return ROUTERS.filter((router) => canary?.trafficRouting?.[router] !== undefined).join(',');
}

function replicasOf({ replicas }: Rollout['spec'], status: Rollout['status']): RolloutSample['replicas'] {
  return { desired: replicas, available: status?.availableReplicas ?? 0, updated: status?.updatedReplicas ?? 0 };
}

/** What the metrics say of a Rollout. */
export function sampleOf({ metadata, spec, status }: Rollout): RolloutSample {
  const { canary, blueGreen } = spec.strategy;
  const steps = canary?.steps ?? [];
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    strategy: blueGreen === undefined ? 'canary' : 'blueGreen',
    router: routersOf(spec.strategy),
    phase: status?.phase ?? 'Unknown',
    canaryWeight: status?.canary?.weights?.canary.weight,
    step: steps.length === 0 ? undefined : { index: status?.currentStepIndex ?? 0, count: steps.length },
    replicas: replicasOf(spec, status),
    gates: (status?.gates ?? []).map(({ name, verdict }) => ({ gate: name, verdict })),
  };
}

function follow(previous: Cached<Rollout> | undefined, rollout: Rollout, metrics: Metrics): void {
  metrics.setRollout(sampleOf(rollout));
  // What a restart finds was counted before it.
  if (previous === undefined) return;
  const before = previous.parsed.ok ? previous.parsed.value.status : undefined;
  const { status } = rollout;
  const now = status?.rollback?.state;
  if (now !== undefined && now !== 'Intent' && now !== before?.rollback?.state) metrics.countRestore(now);
  const { rolloutStartedAt, finishedAt, completionStatus } = status?.duration ?? {};
  const [start, end] = [parseInstant(rolloutStartedAt), parseInstant(finishedAt)];
  if (start === undefined || end === undefined || before?.duration?.finishedAt === finishedAt) return;
  metrics.observeRelease(completionStatus ?? 'Unknown', Math.max(0, (end - start) / 1000));
}
