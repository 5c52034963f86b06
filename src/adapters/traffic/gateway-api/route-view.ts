import { z } from 'zod';
import { type KubeObject, objectMetaSchema } from '../../../api/metadata.ts';
import { type Json, jsonObject, jsonObjects } from '../json.ts';

const backendSchema = z.object({
  group: z.string().default(''),
  kind: z.string().default('Service'),
  name: z.string(),
  namespace: z.string().optional(),
  /** One when absent (Gateway API, BackendRef). */
  weight: z.int().min(0).default(1),
});

const ruleSchema = z.object({
  name: z.string().optional(),
  matches: z.array(z.looseObject({})).optional(),
  backendRefs: z.array(backendSchema).default([]),
});

const parentSchema = z.object({
  group: z.string().default('gateway.networking.k8s.io'),
  kind: z.string().default('Gateway'),
  namespace: z.string().optional(),
  name: z.string(),
  sectionName: z.string().optional(),
  port: z.int().optional(),
});

const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
  observedGeneration: z.int().optional(),
});

const routeSchema = z.object({
  metadata: objectMetaSchema,
  spec: z.object({
    parentRefs: z.array(parentSchema).default([]),
    rules: z.array(ruleSchema).default([]),
  }),
  status: z
    .object({
      parents: z.array(z.object({ parentRef: parentSchema, conditions: z.array(conditionSchema).default([]) })).default([]),
    })
    .nullish(),
});

type Parsed = z.infer<typeof routeSchema>;

export type ParentRef = z.infer<typeof parentSchema>;
export type RouteCondition = z.infer<typeof conditionSchema>;

export interface BackendView extends z.infer<typeof backendSchema> {
  /** The reference as it stands in the object. */
  readonly raw: Json;
}

export interface RuleView {
  readonly name: string | undefined;
  readonly backends: readonly BackendView[];
  /** The rule as it stands in the object. */
  readonly raw: Json;
}

/** An HTTPRoute or GRPCRoute as this adapter reads it. */
export interface RouteView {
  readonly object: KubeObject;
  readonly spec: Json;
  readonly namespace: string;
  readonly generation: number;
  readonly parents: readonly ParentRef[];
  readonly rules: readonly RuleView[];
  readonly statuses: NonNullable<Parsed['status']>['parents'];
}

/** Reads a route; the text says what is wrong with one that cannot be read. */
export function viewRoute(object: KubeObject): RouteView | string {
  const parsed = routeSchema.safeParse(object);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'not readable'}`;
  }
  const { metadata, spec, status } = parsed.data;
  const rawSpec = jsonObject(object['spec']) ?? {};
  const rawRules = jsonObjects(rawSpec['rules']);
  return {
    object,
    spec: rawSpec,
    namespace: metadata.namespace ?? '',
    generation: metadata.generation ?? 0,
    parents: spec.parentRefs,
    rules: spec.rules.map((rule, index) => viewRule(rule, rawRules[index] ?? {})),
    statuses: status?.parents ?? [],
  };
}

function viewRule(rule: z.infer<typeof ruleSchema>, raw: Json): RuleView {
  const rawBackends = jsonObjects(raw['backendRefs']);
  return { name: rule.name, raw, backends: rule.backendRefs.map((backend, index) => ({ ...backend, raw: rawBackends[index] ?? {} })) };
}
