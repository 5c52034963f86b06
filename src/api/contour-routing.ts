import { z } from 'zod';
import { uniqueItems, withRules } from './cel.ts';
import { nameSchema } from './common-fields.ts';
import type { DeepReadonly } from './deep-readonly.ts';

const httpProxiesSchema = withRules(z.array(nameSchema).min(1).max(16), uniqueItems('httpProxies'));

/** `trafficRouting.contour`: the HTTPProxies whose weights follow the steps. */
export const contourRoutingSchema = z.object({
  httpProxies: httpProxiesSchema.describe('HTTPProxies of the same namespace; every route that names both Services is weighed.'),
});

/** The name under which Argo Rollouts knows its Contour plugin. */
export const CONTOUR_PLUGIN = 'argoproj-labs/contour';

/** The configuration of Argo's plugin; `namespace` must be the Rollout's own. */
export const contourPluginSchema = z.object({ httpProxies: httpProxiesSchema, namespace: z.string().max(63).optional() });

export type ContourRouting = DeepReadonly<z.infer<typeof contourRoutingSchema>>;
