import type { CanaryStrategy, Rollout } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { trafficRoutingSchema } from '../../api/rollout-traffic.ts';
import { deepEqual } from '../identity/deep-equal.ts';

export type RoutingRecord = NonNullable<RolloutStatus['routing']>;

/** The part of a strategy that says which routes are written, and which Services they lead to; undefined without trafficRouting. */
export function routingRecord(canary: CanaryStrategy | undefined): RoutingRecord | undefined {
  if (canary?.trafficRouting === undefined) return undefined;
  const { trafficRouting, stableService, canaryService, pingPong } = canary;
  return {
    trafficRouting,
    ...(stableService === undefined ? {} : { stableService }),
    ...(canaryService === undefined ? {} : { canaryService }),
    ...(pingPong === undefined ? {} : { pingPong }),
  };
}

/** The Rollout as it was when its routes were written last; undefined when it still names them so, or none were written. */
export function formerlyRouted(rollout: Rollout): Rollout | undefined {
  const record = rollout.status?.routing;
  const { canary } = rollout.spec.strategy;
  if (record === undefined || deepEqual(record, routingRecord(canary))) return undefined;
  const { trafficRouting, ...services } = record;
  const parsed = trafficRoutingSchema.safeParse(trafficRouting);
  if (!parsed.success) return undefined;
  const steps = canary?.steps === undefined ? {} : { steps: canary.steps };
  return { ...rollout, spec: { ...rollout.spec, strategy: { canary: { ...services, ...steps, trafficRouting: parsed.data } } } };
}
