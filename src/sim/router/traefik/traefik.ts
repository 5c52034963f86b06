import { z } from 'zod';
import { TRAEFIK_SERVICE } from '../../../api/kinds.ts';
import { oneByOne, type SimulatedRouter } from '../simulated-router.ts';
import { TRAEFIK_CRDS } from './traefik-crds.ts';

const schema = z.looseObject({
  spec: z.looseObject({
    // Traefik counts an absent weight as 1.
    weighted: z
      .looseObject({ services: z.array(z.looseObject({ name: z.string(), weight: z.int().min(0).default(1) })).default([]) })
      .optional(),
  }),
});

/** Traefik's own kind: weights of a TraefikService, which has no status and says nothing. */
export const TRAEFIK: SimulatedRouter = {
  name: 'traefik',
  kinds: [TRAEFIK_SERVICE],
  crds: TRAEFIK_CRDS,
  serve: oneByOne([TRAEFIK_SERVICE], (object) => {
    const weighted = schema.safeParse(object).data?.spec.weighted;
    if (weighted === undefined) return undefined;
    return [{ name: undefined, backends: weighted.services.map(({ name, weight }) => ({ service: name, weight })) }];
  }),
};
