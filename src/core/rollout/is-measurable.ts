import type { Context } from './context.ts';
import { carriesFormer } from './routed/reach.ts';
import { routesReached } from './routed/traffic-progress.ts';

/**
 * Whether the revision under test gets any requests yet, so that there is something to measure: with routers once a weight (or a header or mirror route) is
 * verified (Argo Rollouts PR#4864: background runs that started before any traffic), without them once a pod serves.
 */
export function isMeasurable(context: Context): boolean {
  if ((context.current?.countable ?? 0) === 0) return false;
  const { traffic, previous } = context;
  if (traffic === undefined || previous === undefined) return true;
  const routed = traffic.written?.some((one) => one.headerRoutes.length + one.mirrorRoutes.length > 0) === true;
  return (traffic.low > 0 && !carriesFormer(context, previous)) || (routed && routesReached(context, previous));
}
