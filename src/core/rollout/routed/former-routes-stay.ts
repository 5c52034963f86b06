import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import { enoughOf } from '../enough-of.ts';
import type { Target } from '../replicas.ts';

/** All traffic may go to stable: nothing is under test, or stable serves at full size. */
export function stableCarriesAll(context: Context, status: RolloutStatus): boolean {
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
