import type { Context } from './context.ts';
import { namedServices } from './named-services.ts';
import type { ObservedService } from './observed.ts';

/** The Services that the strategy names and that exist. */
export function presentServices(context: Context): readonly ObservedService[] {
  return namedServices(context.rollout).flatMap(([, name]) => {
    const service = context.observed.services.get(name);
    return service === undefined ? [] : [service];
  });
}
