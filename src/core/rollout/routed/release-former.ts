import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { millis } from '../../../api/time.ts';
import type { ConditionFacts } from '../../conditions/timed-conditions.ts';
import { deepEqual } from '../../identity/deep-equal.ts';
import type { Action } from '../../plan/plan.ts';
import { after } from '../../time/instants.ts';
import { routingRecord } from '../../traffic/routing-record.ts';
import { type Context, underTest } from '../context.ts';
import { act, type Draft, emit, patch, say, wake } from '../draft.ts';
import type { ObservedRollout } from '../observed.ts';
import { serviceIsLate, stableCarriesAll } from './former-routes-stay.ts';

/** A route that refuses to be given back is tried again. */
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

function named(routes: NonNullable<ObservedRollout['formerRoutes']>): string {
  return routes.flatMap(({ objects }) => objects.map(({ kind, name }) => `${kind.kind} ${name}`)).join(', ');
}

/** How the weight of the release is made without those routes, and what a person can do about it. */
function goesOn(context: Context, status: RolloutStatus): string {
  if (!underTest(context, status) || status.abort === true) return '';
  const made =
    context.traffic === undefined ? 'numbers of pods make the weight of the release' : 'the routes that are named make its weight';
  return `; ${made} from then on; put them back into spec.strategy.canary.trafficRouting to go on with them, or abort`;
}

/** What becomes of routes that the Rollout wrote and names no longer; undefined when there are none. */
export function formerRoutesFact(context: Context, draft: Draft): ConditionFacts | undefined {
  const routes = context.observed.formerRoutes ?? [];
  if (routes.length === 0) return undefined;
  const which = `the spec names ${named(routes)} no longer`;
  if (stableCarriesAll(context, draft.status)) {
    const message = `${which}: all of their traffic goes to stable, and they are left to their owner${goesOn(context, draft.status)}`;
    return { type: 'FormerRoutes', status: 'True', reason: 'GivingBack', message };
  }
  const late = serviceIsLate(context, draft.status);
  if (late !== undefined) {
    const message = `${which}: they stay as they are until Service ${late.name} has ready endpoints of the pods that are to get all of the traffic`;
    return { type: 'FormerRoutes', status: 'True', reason: 'WaitingForEndpoints', message };
  }
  const serving = `${context.stable?.countable ?? 0} of ${context.limits.replicas} pods`;
  const message = `${which}: they stay as they are until stable can carry all of the traffic (${serving}), or the release ends${goesOn(context, draft.status)}`;
  return { type: 'FormerRoutes', status: 'True', reason: 'WaitingForStable', message };
}

/** In the middle of a release an Event tells of it: the routes are given back within moments, and the condition goes with them. */
function told(context: Context, draft: Draft): Draft {
  const fact = formerRoutesFact(context, draft);
  if (fact === undefined || !underTest(context, draft.status)) return draft;
  return emit(draft, { type: 'Warning', reason: 'RoutesGivenBack', message: fact.message.slice(0, 1024) });
}

/**
 * Gives back the routes that the strategy named before and names no longer, and remembers which ones it names now: a subset that keeps the hash of a revision
 * without anybody to move it on would lose its pods with the next release.
 */
export function releaseFormerRoutes(context: Context, draft: Draft): Draft {
  const releases = formerReleases(context.observed, 'the Rollout names these routes no longer, stable gets all traffic');
  if (releases.length > 0 && !stableCarriesAll(context, draft.status)) {
    return say(draft, 'routes that the Rollout names no longer stay as they are until stable can carry all traffic');
  }
  if (releases.length > 0) return wake(releases.reduce(act, told(context, draft)), after(context.now, LOOK_AGAIN));
  const record = routingRecord(context.rollout.spec.strategy.canary);
  if (deepEqual(record, draft.status.routing)) return draft;
  return patch(draft, { routing: record, ...(record === undefined ? { traffic: undefined } : {}) });
}
