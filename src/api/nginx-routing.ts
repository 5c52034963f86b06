import { z } from 'zod';
import { type CelRule, exactlyOne, uniqueItems, withRules } from './cel.ts';
import { labelsSchema, nameSchema } from './common-fields.ts';
import type { DeepReadonly } from './deep-readonly.ts';

/** ingress-nginx's own; a fork or another installation has its own. */
export const DEFAULT_ANNOTATION_PREFIX = 'nginx.ingress.kubernetes.io';

/** Annotations of the canary Ingress that the steps write, without their prefix. */
export const WRITTEN_ANNOTATIONS = ['canary', 'canary-weight', 'canary-weight-total'] as const;

export const ANNOTATION_MAPS = ['additionalIngressAnnotations', 'canaryIngressAnnotations'] as const;

const NOT_WRITTEN_TWICE: readonly CelRule[] = ANNOTATION_MAPS.map((map) => {
  const written = WRITTEN_ANNOTATIONS.map((name) => `k == '${name}' || k.endsWith('/${name}')`).join(' || ');
  return {
    rule: `!has(self.${map}) || !self.${map}.exists(k, ${written})`,
    message: `${map} must not set canary, canary-weight or canary-weight-total: the steps write them; remove it`,
    fieldPath: `.${map}`,
  };
});

/** `trafficRouting.nginx`: Ingresses of ingress-nginx that lead to the stable Service; each gets a canary Ingress beside it. */
export const nginxRoutingSchema = withRules(
  z.object({
    stableIngress: nameSchema.optional().describe('Ingress in the same namespace with a path to the stable Service.'),
    stableIngresses: withRules(z.array(nameSchema).min(1).max(16), uniqueItems('stableIngresses')).optional(),
    annotationPrefix: z
      .string()
      .min(1)
      .max(253)
      .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'write a DNS name such as nginx.ingress.kubernetes.io, without a / at the end')
      .optional()
      .describe(`${DEFAULT_ANNOTATION_PREFIX} when absent.`),
    additionalIngressAnnotations: labelsSchema
      .optional()
      .describe('Annotations of the canary Ingress, such as canary-by-header; one without the prefix gets it.'),
    canaryIngressAnnotations: labelsSchema.optional().describe('Annotations of the canary Ingress as they are.'),
  }),
  exactlyOne('nginx', ['stableIngress', 'stableIngresses'], 'form'),
  ...NOT_WRITTEN_TWICE,
);

export type NginxRouting = DeepReadonly<z.infer<typeof nginxRoutingSchema>>;
