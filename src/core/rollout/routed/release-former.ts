import { millis } from '../../../api/time.ts';
import { deepEqual } from '../../identity/deep-equal.ts';
import type { Action } from '../../plan/plan.ts';
import { after } from '../../time/instants.ts';
import { routingRecord } from '../../traffic/routing-record.ts';
import { type Context, underTest } from '../context.ts';
import { act, type Draft, patch, say, wake } from '../draft.ts';
import { enoughOf } from '../enough-of.ts';
import type { ObservedRollout } from '../observed.ts';

/** Changes of routes that the spec names no longer wake nobody. */
const LOOK_AGAIN = millis(10_000);

/** The effects that give back every route which the Rollout wrote and names no longer. */
export function formerReleases(observed: Pick<ObservedRollout, 'formerRoutes'>, why: string): readonly Action[] {
  return (observed.formerRoutes ?? []).map(({ router, objects }) => ({
    type: 'releaseTraffic',
    former: true,
    router,
    objects,
    why: `${router}: ${why}`,
  }));
}

/** All traffic may go to stable: nothing is under test, or stable serves at full size. */
function stableCarriesAll(context: Context, draft: Draft): boolean {
  if (!underTest(context, draft.status) || draft.status.abort === true) return true;
  return (context.stable?.availableReplicas ?? 0) >= enoughOf(context, context.limits.replicas);
}

/**
 * Gives back the routes that the strategy named before and names no longer, and remembers which ones it names now: a subset that keeps the hash of a revision
 * without anybody to move it on would lose its pods with the next release.
 */
export function releaseFormerRoutes(context: Context, draft: Draft): Draft {
  const releases = formerReleases(context.observed, 'the Rollout names these routes no longer, stable gets all traffic');
  if (releases.length > 0 && !stableCarriesAll(context, draft)) {
    return say(draft, 'routes that the Rollout names no longer stay as they are until stable can carry all traffic');
  }
  if (releases.length > 0) return wake(releases.reduce(act, draft), after(context.now, LOOK_AGAIN));
  const record = routingRecord(context.rollout.spec.strategy.canary);
  if (deepEqual(record, draft.status.routing)) return draft;
  return patch(draft, { routing: record, ...(record === undefined ? { traffic: undefined } : {}) });
}
