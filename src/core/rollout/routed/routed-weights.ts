import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import { canarySide, carriesFormer, maxWeightOf, routedServices } from './reach.ts';
import type { TrafficView } from './traffic-view.ts';

type Weights = NonNullable<NonNullable<RolloutStatus['canary']>['weights']>;

/** `status.canary.weights` as the routes hold them; `verified` only where a router confirms anything. */
export function routedWeights(context: Context, status: RolloutStatus, traffic: TrafficView): Weights {
  const weight = status.traffic?.weight ?? traffic.weight ?? 0;
  const services = routedServices(context, status);
  const stableHash = underTest(context, status) ? status.stableRS : context.hash;
  const former = carriesFormer(context, status) ? canarySide(context, status)?.hash : undefined;
  const named = (service: string | undefined) => (service === undefined ? {} : { serviceName: service });
  return {
    canary: { podTemplateHash: former ?? context.hash, ...named(services.canary), weight },
    stable: {
      ...(stableHash === undefined ? {} : { podTemplateHash: stableHash }),
      ...named(services.stable),
      weight: maxWeightOf(context) - weight,
    },
    ...(traffic.silent ? {} : { verified: traffic.verified && traffic.weight === weight }),
  };
}
