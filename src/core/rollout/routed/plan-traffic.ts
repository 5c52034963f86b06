import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Instant, instant, parseInstant } from '../../../api/time.ts';
import type { RouterReading, TrafficIntent, WrittenTraffic } from '../../../ports/traffic-router.ts';
import { deepEqual } from '../../identity/deep-equal.ts';
import { after, wholeSecond } from '../../time/instants.ts';
import { begins } from '../begins.ts';
import { type Context, underTest } from '../context.ts';
import { act, type Draft, patch, say, wake } from '../draft.ts';
import { startPause } from '../pause-step.ts';
import { type ManagedRoutes, managedRoutes } from './managed-routes.ts';
import { meshWait, nextWeight } from './next-weight.ts';
import { carriesFormer, maxWeightOf, routedServices } from './reach.ts';
import { recoverPart } from './recover-parts.ts';
import { subsetHashes } from './subset-hashes.ts';
import { settleOf, type TrafficRecord, type TrafficView } from './traffic-view.ts';

/** Longest wait before weights that somebody else keeps putting back are written again. Milliseconds. */
const LONGEST_RETREAT = 300_000;

function intentOf(context: Context, status: RolloutStatus, weight: number, routes: ManagedRoutes, view: TrafficView): TrafficIntent {
  const services = routedServices(context, status);
  const hashes = subsetHashes(context, status, view);
  const side = (service: string | undefined, hash: string | undefined) => ({
    ...(service === undefined ? {} : { service }),
    ...(hash === undefined ? {} : { hash }),
  });
  return {
    stable: side(services.stable, hashes.stable),
    canary: side(services.canary, hashes.canary),
    // Hashes and weights of subsets never change together: the mesh follows each in its own time (Argo Rollouts #4752).
    weight: hashes.changing ? (view.weight ?? weight) : weight,
    maxWeight: maxWeightOf(context),
    ...routes,
  };
}

/** The managed routes that may be there now: while a mesh may not have followed the canary's subset yet, none that is not there already. */
function routesNow(context: Context, status: RolloutStatus, view: TrafficView): ManagedRoutes {
  const { headerRoutes, mirrorRoutes } = managedRoutes(context, status);
  if (meshWait(context) === undefined) return { headerRoutes, mirrorRoutes };
  return {
    headerRoutes: headerRoutes.filter((route) => view.written?.some((one) => one.headerRoutes.some((is) => deepEqual(is, route)))),
    mirrorRoutes: mirrorRoutes.filter((route) => view.written?.some((one) => one.mirrorRoutes.some((is) => deepEqual(is, route)))),
  };
}

/** Whether the routes say all of the intent. */
function says(written: WrittenTraffic, intent: TrafficIntent): boolean {
  const hashes =
    (written.stableHash === undefined || written.stableHash === intent.stable.hash) &&
    (written.canaryHash === undefined || written.canaryHash === intent.canary.hash);
  return (
    hashes &&
    written.weight === intent.weight &&
    deepEqual(written.headerRoutes, intent.headerRoutes) &&
    deepEqual(written.mirrorRoutes, intent.mirrorRoutes)
  );
}

/** Until when weights that somebody put back stay as they put them: longer each time, never a hot loop. */
function retreat(record: TrafficRecord | undefined, weight: number): Instant | undefined {
  const since = parseInstant(record?.writtenAt);
  if (record?.weight !== weight || record.contested === undefined || since === undefined) return undefined;
  return instant(since + Math.min(2 ** record.contested * 1000, LONGEST_RETREAT));
}

/** What the record of a write says besides its weight. */
interface Circumstances {
  /** Somebody else had put other weights back. */
  readonly contested?: boolean;
  /** More than the weight is new, or that is not known. */
  readonly remade: boolean;
}

/** Written down only where it makes a difference. */
function remadeMark({ settle }: TrafficView, remade: boolean): Pick<TrafficRecord, 'remade'> {
  return remade && settle.remade !== settle.weight ? { remade: true } : {};
}

function recordWrite(context: Context, view: TrafficView, intent: TrafficIntent, { contested, remade }: Circumstances): TrafficRecord {
  const { weight, stable, canary } = intent;
  const times = contested === true ? (view.record?.contested ?? 0) + 1 : undefined;
  return {
    weight,
    low: Math.min(view.low, weight),
    high: Math.max(view.high, weight),
    writtenAt: wholeSecond(context.now),
    ...(view.subsets === undefined
      ? {}
      : { stableHash: stable.hash ?? view.subsets.stable, canaryHash: canary.hash ?? view.subsets.canary }),
    ...remadeMark(view, remade),
    ...(times === undefined ? {} : { contested: times }),
  };
}

/**
 * The record of a weight that was found in the routes. Written by a pass that did not get to its status it settles from now on; with one revision alone nobody
 * can have been served by another, and there is nothing to settle.
 */
function recordFound(context: Context, { status }: Draft, view: TrafficView, intent: TrafficIntent): TrafficRecord {
  const record = recordWrite(context, view, intent, { remade: true });
  const others = context.observed.replicaSets.some((set) => set.hash !== context.hash && set.specReplicas + set.replicas > 0);
  return others || underTest(context, status) || view.low !== view.high
    ? record
    : { ...record, writtenAt: wholeSecond(instant(context.now - view.settle.remade)) };
}

/** When what the draft's record tells of has settled, counted from now. */
function settledFromNow(context: Context, draft: Draft, view: TrafficView): Instant {
  return after(context.now, settleOf(view.settle, draft.status.traffic));
}

/**
 * Weight and pause of a router that never confirms: settling alone counts, so that the pause begins when it is over and needs no status write of its own.
 * With `dynamicStableScale` stable has still to become smaller when it is over, and Paused comes after that.
 */
function pauseBehind(context: Context, draft: Draft, view: TrafficView, weight: number, goal: number): Draft {
  const index = draft.status.currentStepIndex ?? 0;
  const [step, next] = [context.steps[index], context.steps[index + 1]];
  const alone = view.silent && context.canary.dynamicStableScale !== true && !carriesFormer(context, draft.status);
  const plain = alone && weight === goal && step?.setWeight !== undefined && next?.pause !== undefined;
  if (!plain || begins(context) || !underTest(context, draft.status) || draft.status.abort === true || context.rollout.spec.paused === true)
    return draft;
  const moved = patch(draft, { currentStepIndex: index + 1, controllerPause: undefined });
  return startPause(context, moved, index + 1, next.pause?.duration, settledFromNow(context, draft, view));
}

function route(draft: Draft, readings: readonly RouterReading[], intent: TrafficIntent): Draft {
  return readings.reduce(
    (next, reading) =>
      !reading.state.ok || says(reading.state.written, intent)
        ? next
        : act(next, {
            type: 'routeTraffic',
            router: reading.router,
            objects: reading.objects,
            intent,
            why: `${reading.router}: weight ${intent.weight} of ${intent.maxWeight} for the canary`,
          }),
    draft,
  );
}

/**
 * Whether the routes are made anew by this write, were by one that has not settled, or may have been by one that no record tells of. A weight that cannot be
 * read stands in routes that are not there yet, or differ in more than the weight.
 */
function remakes(view: TrafficView): boolean {
  return view.weight === undefined || !view.recorded || (view.record?.remade === true && !view.verified);
}

/**
 * Routes that say something else than the record are about to say it again. That is written down before: a crash between the routes and the status would
 * leave a record that they agree with, and that settled long ago.
 */
function announce(context: Context, draft: Draft, view: TrafficView, record: TrafficRecord): Draft {
  const told = say(
    draft,
    `the routes say ${view.weight ?? 'no weight'} in place of ${record.weight}: written again as soon as that is noted`,
  );
  const noted = { ...record, late: true, ...remadeMark(view, remakes(view)) };
  return wake(patch(told, { traffic: noted }), context.now);
}

/** Routes that differ from what is wanted are written, all routers in one pass; the record of it goes into the same status write. */
function writeRoutes(context: Context, draft: Draft, view: TrafficView, intent: TrafficIntent, goal: number): Draft {
  const foreign = view.record?.weight === intent.weight && view.weight !== intent.weight && context.previous?.traffic !== undefined;
  const until = foreign ? retreat(view.record, intent.weight) : undefined;
  if (until !== undefined && context.now < until) {
    return wake(say(draft, `somebody put the weights back to ${view.weight ?? 'something else'}: written again later`), until);
  }
  if (foreign && view.record !== undefined && context.previous?.traffic?.late !== true) return announce(context, draft, view, view.record);
  const record = recordWrite(context, view, intent, { contested: foreign, remade: remakes(view) });
  const routed = patch(route(draft, context.observed.traffic, intent), { traffic: record });
  return pauseBehind(context, wake(routed, settledFromNow(context, routed, view)), view, intent.weight, goal);
}

/**
 * Weights and managed routes, after the steps and the Services: written only when the routes can be read, and at most once a pass. What was written counts
 * as served only once it is verified; until then both the former and the new share need their capacity.
 */
export function planTraffic(context: Context, draft: Draft): Draft {
  const view = context.traffic;
  if (view === undefined) return draft;
  if (view.written === undefined) {
    return say(draft, `traffic stays as it is: ${view.trouble?.message ?? 'no route was read yet'}`);
  }
  const { pingPong } = context.canary;
  if (pingPong !== undefined && context.previous?.canary?.stablePingPong === undefined) {
    // Readings are by parts: none counts before the parts are written down.
    const parts = { ...draft.status.canary, stablePingPong: recoverPart(context.observed, context.canary) };
    return patch(draft, { canary: parts });
  }
  const { weight, goal, held } = nextWeight(context, draft.status);
  const told = held === undefined ? draft : say(draft, held);
  const intent = intentOf(context, draft.status, weight, routesNow(context, draft.status, view), view);
  if (!view.written.every((one) => says(one, intent))) return writeRoutes(context, told, view, intent, goal);
  if (!view.recorded) {
    return pauseBehind(context, patch(told, { traffic: recordFound(context, told, view, intent) }), view, intent.weight, goal);
  }
  const noted = patch(told, { traffic: view.record });
  return view.settlesAt === undefined ? noted : wake(noted, view.settlesAt);
}
