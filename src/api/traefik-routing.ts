import { z } from 'zod';
import { nameSchema } from './common-fields.ts';
import type { DeepReadonly } from './deep-readonly.ts';

/** `trafficRouting.traefik`: the TraefikService whose weights follow the steps. */
export const traefikRoutingSchema = z.object({
  weightedTraefikServiceName: nameSchema.describe(
    'TraefikService of kind weighted in the same namespace that names the stable and the canary Service.',
  ),
});

export type TraefikRouting = DeepReadonly<z.infer<typeof traefikRoutingSchema>>;
