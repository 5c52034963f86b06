import { z } from 'zod';
import { TRAEFIK_SERVICE } from '../../../api/kinds.ts';
import { type TraefikRouting } from '../../../api/traefik-routing.ts';
import type { RoutedRollout, RouterObjects } from '../../../ports/traffic-router.ts';
import { found, type Result, trouble } from '../result.ts';
import { findObject, type RouterObject } from '../router-objects.ts';
import { type Side, sideOfService, sideWeights } from '../side-weights.ts';

const FIELD = 'trafficRouting.traefik.weightedTraefikServiceName';

const serviceSchema = z.looseObject({
  name: z.string(),
  kind: z.string().optional(),
  namespace: z.string().optional(),
  weight: z.int().min(0).optional(),
});

/** The part of a TraefikService that splits traffic; `mirroring` and others are not ours. */
const traefikServiceSchema = z.looseObject({
  spec: z.looseObject({ weighted: z.looseObject({ services: z.array(serviceSchema).optional() }).optional() }),
});

type TraefikServiceView = z.infer<typeof traefikServiceSchema>;

/** A TraefikService with the places of the two Services in `spec.weighted.services`. */
export interface SplitTraefikService {
  readonly object: RouterObject<TraefikServiceView>;
  readonly stable: number;
  readonly canary: number;
  readonly weight: number | undefined;
}

/** The TraefikService that the Rollout names. */
export function findTraefikService(config: TraefikRouting, rollout: RoutedRollout, objects: RouterObjects): Result<SplitTraefikService> {
  const lookup = findObject(objects, TRAEFIK_SERVICE, traefikServiceSchema, config.weightedTraefikServiceName, FIELD);
  return lookup.ok ? splitOf(lookup.value, rollout) : lookup;
}

function splitOf(object: RouterObject<TraefikServiceView>, rollout: RoutedRollout): Result<SplitTraefikService> {
  const services = object.view.spec.weighted?.services ?? [];
  const entries = services.map((service) => ({
    side: sideOf(service, rollout),
    shown: `${service.kind ?? 'Service'} ${service.name}`,
    // Traefik counts an absent weight as 1.
    weight: service.weight ?? 1,
  }));
  const weights = sideWeights(entries, rollout.maxWeight);
  const at = `TraefikService ${object.raw.metadata.name}: spec.weighted.services`;
  switch (weights.type) {
    case 'both':
      return found({ object, stable: weights.stable, canary: weights.canary, weight: weights.weight });
    case 'invalid':
      return trouble('RouteInvalid', `${at}: ${weights.problem}`);
    case 'partial': {
      const { stableService, canaryService } = rollout;
      const missing =
        weights.has === 'stable' ? [canaryService] : weights.has === 'canary' ? [stableService] : [stableService, canaryService];
      const names = missing.map((name) => name ?? 'that the Rollout does not name').join(' and ');
      return trouble('RuleNotFound', `${at} does not name the Service ${names}; add it with its port and weight 0`);
    }
  }
}

function sideOf(service: z.infer<typeof serviceSchema>, rollout: RoutedRollout): Side | undefined {
  const ours = (service.kind ?? 'Service') === 'Service' && (service.namespace ?? rollout.namespace) === rollout.namespace;
  return ours ? sideOfService(service.name, rollout) : undefined;
}
