import { z } from 'zod';
import { withRules } from './cel.ts';
import type { DeepReadonly } from './deep-readonly.ts';
import { PARSER_DEFAULT } from './parser-default.ts';

/** A label's value as Kubernetes takes it. */
const valueSchema = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$/, 'use letters, digits, - _ . with a letter or digit at both ends');

/** A label's key: a name of up to 63 characters with at most one prefix. */
export const LABEL_KEY = '^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$';

const LABEL_OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

const expressionSchema = withRules(
  z.object({
    key: z.string().min(1).max(316).regex(new RegExp(LABEL_KEY), 'use letters, digits, - _ . and at most one prefix before a /'),
    operator: z.enum(LABEL_OPERATORS),
    values: z.array(valueSchema).max(32).optional(),
  }),
  {
    rule: "(self.operator == 'In' || self.operator == 'NotIn') == (has(self.values) && size(self.values) > 0)",
    message: 'values must be listed with operator In or NotIn, and left out with Exists or DoesNotExist',
    fieldPath: '.values',
  },
);

/** metav1.LabelSelector, bounded so that CEL rules over it stay cheap; atomic, because half of a selector selects something else. */
export const labelSelectorSchema = z
  .object({
    matchLabels: withRules(z.record(z.string().max(316), valueSchema).meta({ maxProperties: 32 }), {
      rule: `self.all(k, k.matches('${LABEL_KEY}'))`,
      message: 'matchLabels holds a key that is not a label name; use letters, digits, - _ . and at most one prefix before a /',
    })
      .default({})
      .meta(PARSER_DEFAULT),
    matchExpressions: z.array(expressionSchema).max(16).optional(),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' });

export type LabelSelector = DeepReadonly<z.infer<typeof labelSelectorSchema>>;
