import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import { enoughOf } from '../enough-of.ts';
import type { ObservedService } from '../observed.ts';
import type { Target } from '../replicas.ts';
import { reachable, serviceOf } from './reach.ts';

/**
 * The stable Service has none of the pods that it is to reach among its ready endpoints, although they serve: slices follow a selector late (S5). One whose pods do not serve waits
 * for nothing: an abort gets through at once.
 */
export function serviceIsLate(context: Context, status: RolloutStatus): ObservedService | undefined {
  const target = underTest(context, status) ? context.stable : context.current;
  const service = serviceOf(context, status, 'stable');
  if (service === undefined || target === undefined || target.countable === 0) return undefined;
  return reachable(target, service, true) === 0 ? service : undefined;
}

/** All traffic may go to stable: nothing is under test, or stable serves at full size; and it can be reached. */
export function stableCarriesAll(context: Context, status: RolloutStatus): boolean {
  if (serviceIsLate(context, status) !== undefined) return false;
  if (!underTest(context, status) || status.abort === true) return true;
  return (context.stable?.countable ?? 0) >= enoughOf(context, context.limits.replicas);
}

/**
 * Routes that the spec names no longer still split the traffic, because stable cannot carry all of it: until then nothing shrinks, and both revisions grow without regard to
 * maxSurge, as they do with routers. So a stable revision that was small gives the routes back as soon as it is full, and one that does not come up never blocks the fix.
 */
export function formerRoutesStay(context: Context, status: RolloutStatus): boolean {
  return (context.observed.formerRoutes ?? []).length > 0 && !stableCarriesAll(context, status);
}

/** The sizes meanwhile: stable is to carry everything, the new revision keeps the pods for the share that the routes give it. */
export function sizesBesideRoutes({ limits, current }: Context, wanted: Target): Target {
  return { canary: Math.max(wanted.canary, Math.min(current?.specReplicas ?? 0, limits.replicas)), stable: limits.replicas };
}
