import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { formatInstant, type Instant, parseInstant } from '../../../api/time.ts';
import { deepEqual } from '../../identity/deep-equal.ts';
import { after } from '../../time/instants.ts';
import type { Context } from '../context.ts';
import { managedRoutes } from './managed-routes.ts';
import { nextWeight } from './next-weight.ts';
import { carriesFormer } from './reach.ts';
import { goalWeight } from './traffic-goal.ts';
import { settleOf } from './traffic-view.ts';

/** The weight of the current step is served, by the revision under test: written, accepted and settled. True without routers, where numbers of pods make the weight, and at size 0, where nobody serves. */
export function weightReached(context: Context, status: RolloutStatus): boolean {
  const { traffic } = context;
  if (traffic === undefined || context.limits.replicas === 0) return true;
  return traffic.verified && traffic.weight === goalWeight(context, status) && !carriesFormer(context, status);
}

/** The routes that header and mirror steps ask for are there, and settled. */
export function routesReached(context: Context, status: RolloutStatus): boolean {
  const { traffic } = context;
  const wanted = managedRoutes(context, status);
  return (
    traffic?.written !== undefined &&
    traffic.verified &&
    traffic.written.every((one) => deepEqual(one.headerRoutes, wanted.headerRoutes) && deepEqual(one.mirrorRoutes, wanted.mirrorRoutes))
  );
}

function settles(weight: number | undefined, until: Instant): string {
  return `weight ${weight ?? '?'} is written; the data plane may follow the former one until ${formatInstant(until)}`;
}

/** What the traffic waits for, and until when. */
export function routesWait(context: Context, status: RolloutStatus): string {
  const { traffic } = context;
  if (traffic === undefined) return 'waiting for the pods';
  if (traffic.trouble !== undefined) return `${traffic.trouble.reason}: ${traffic.trouble.message}`;
  const written = status.traffic;
  if (written !== undefined && written.weight !== traffic.weight) {
    // In the pass that writes, the same words as in those that follow.
    return settles(written.weight, after(parseInstant(written.writtenAt) ?? context.now, settleOf(traffic.settle, written)));
  }
  if (traffic.pending !== undefined) {
    const since = written === undefined ? '' : `, written at ${written.writtenAt}`;
    return `waiting until the router accepts the route${since} (${traffic.pending})`;
  }
  if (traffic.settlesAt !== undefined) return settles(traffic.weight, traffic.settlesAt);
  return nextWeight(context, status).held ?? 'waiting until the weight can be written';
}
