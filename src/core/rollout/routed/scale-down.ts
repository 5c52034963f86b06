import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { instant, parseInstant } from '../../../api/time.ts';
import { wholeSecond } from '../../time/instants.ts';
import { type Context, underTest } from '../context.ts';
import { type Draft, patch, say, wake } from '../draft.ts';

/** Argo Rollouts' delay before an old or aborted ReplicaSet is scaled down: proxies have to forget its endpoints. */
export const DEFAULT_DELAY_SECONDS = 30;

/** An aborted canary goes when no traffic can reach it and stable serves at full size, a delay later; a delay of 0 keeps it. */
function abortDeadline(context: Context, status: RolloutStatus): string | undefined {
  const { traffic, current, stable, limits, canary } = context;
  const delay = canary.abortScaleDownDelaySeconds ?? DEFAULT_DELAY_SECONDS;
  if (status.abort !== true || !underTest(context, status) || delay === 0 || (current?.specReplicas ?? 0) === 0) return undefined;
  const idle = traffic?.verified === true && traffic.high === 0;
  if (!idle || (stable?.countable ?? 0) < limits.replicas) return undefined;
  return wholeSecond(instant(context.now + delay * 1000));
}

/** Deadlines by hash, of ReplicaSets that still have pods; none for what serves. */
export function planDeadlines(context: Context, draft: Draft): Draft {
  if (context.traffic === undefined) return draft;
  const { status } = draft;
  const kept: Record<string, string> = {};
  for (const [hash, deadline] of Object.entries(status.scaleDown ?? {})) {
    const set = context.observed.replicaSets.find((one) => one.hash === hash);
    const serves = hash === status.stableRS || (hash === context.hash && status.abort !== true);
    if (!serves && set !== undefined && set.specReplicas + set.replicas > 0) kept[hash] = deadline;
  }
  const aborted = kept[context.hash] ?? abortDeadline(context, status);
  if (aborted !== undefined) kept[context.hash] = aborted;
  const scaleDown = Object.keys(kept).length === 0 ? undefined : kept;
  const timed = Object.values(kept).reduce(
    (next, deadline) => {
      const at = parseInstant(deadline);
      return at === undefined || at <= context.now ? next : wake(next, at);
    },
    patch(draft, { scaleDown }),
  );
  const lines = Object.entries(kept).map(([hash, deadline]) => `revision ${hash} keeps its pods until ${deadline}`);
  return lines.length === 0 ? timed : say(timed, lines.join('; '));
}
