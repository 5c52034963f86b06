/* oxlint-disable no-underscore-dangle -- `_zod` is where zod publishes the definition of a schema */
import { z } from 'zod';
import type { KubeObject } from './metadata.ts';

/** One node of a structural OpenAPI schema as the API server takes it. */
export interface StructuralSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly [keyword: string]: unknown;
}

type Json = Record<string, unknown>;

/** Constructs that a structural schema can say. A union passes only as int-or-string. */
const ALLOWED: ReadonlySet<string> = new Set([
  'object',
  'string',
  'number',
  'boolean',
  'array',
  'record',
  'enum',
  'literal',
  'optional',
  'nullable',
  'default',
  'union',
  'unknown',
]);

/** Keywords that are copied as they are. */
const KEYWORDS = [
  'enum',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'maxProperties',
  'minProperties',
  'nullable',
  'description',
  'x-kubernetes-validations',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
] as const;

/** RE2, which evaluates patterns in the API server, has no look-around and no back references. */
const NOT_RE2 = /\(\?(=|!|<=|<!)|\\[1-9]/;

/**
 * The structural schema of a zod schema. Throws, naming the place, on every construct that the API server would refuse, or that would vanish silently
 * (`refine`, `transform`, `coerce`, `readonly`, `strictObject`, unions): such a rule is written as CEL, or stands among the uncheckable rules.
 */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const raw = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    unrepresentable: 'throw',
    override: ({ zodSchema, path }) => refuse(zodSchema, path),
  });
  return structural(asJson(raw), '');
}

function refuse(schema: z.core.$ZodTypes, path: readonly (string | number)[]): void {
  const def = schema._zod.def;
  const at = path.filter((part) => part !== 'properties').join('.') || '(root)';
  if (!ALLOWED.has(def.type))
    throw new Error(`${at}: zod '${def.type}' cannot be a structural schema; use optional members and a CEL rule`);
  if ('coerce' in def && def.coerce) throw new Error(`${at}: zod coerce has no structural schema; declare the type that is stored`);
  if (def.checks?.some((check) => check._zod.def.check === 'custom'))
    throw new Error(`${at}: zod refine vanishes from the schema; write a CEL rule`);
  if (def.checks?.some((check) => check._zod.def.check === 'overwrite')) throw new Error(`${at}: zod transforms vanish from the schema`);
  if (def.type === 'object' && def.catchall !== undefined && def.catchall._zod.def.type !== 'unknown') {
    throw new Error(`${at}: strictObject and catchall are not structural; use object or looseObject`);
  }
  if (z.globalRegistry.get(schema)?.id !== undefined)
    throw new Error(`${at}: a schema with an id becomes a reference, which is not structural`);
}

function structural(node: Json, at: string): StructuralSchema {
  if (node['anyOf'] !== undefined || node['oneOf'] !== undefined || node['allOf'] !== undefined) return intOrString(node, at);
  if (typeof node['pattern'] === 'string' && NOT_RE2.test(node['pattern'])) throw new Error(`${at}: pattern ${node['pattern']} is not RE2`);
  const out: Json = { ...copied(node) };
  if (node['default'] !== undefined && node['x-sluice-parser-default'] !== true) out['default'] = node['default'];
  const type = node['type'];
  if (type === undefined) return { ...out, 'x-kubernetes-preserve-unknown-fields': true };
  out['type'] = type;
  if (type === 'integer') return { ...withoutSafeIntegerBounds(out), format: 'int64' };
  if (type === 'array') return { ...out, items: structural(asJson(node['items']), `${at}[]`) };
  return type === 'object' ? objectNode(node, out, at) : out;
}

function objectNode(node: Json, out: Json, at: string): StructuralSchema {
  const properties = Object.entries(asJson(node['properties'] ?? {})).map(
    ([key, value]) => [key, structural(asJson(value), `${at}.${key}`)] as const,
  );
  const additional = node['additionalProperties'];
  const open = additional !== undefined && Object.keys(asJson(additional)).length === 0;
  if (open) out['x-kubernetes-preserve-unknown-fields'] = true;
  else if (additional !== undefined) out['additionalProperties'] = structural(asJson(additional), `${at}{}`);
  if (properties.length > 0) out['properties'] = Object.fromEntries(properties);
  if (Array.isArray(node['required']) && node['required'].length > 0) out['required'] = node['required'];
  return out;
}

/** The bounds of both branches move to the node: each applies only to values of its own type. */
function intOrString(node: Json, at: string): StructuralSchema {
  const branches = node['anyOf'];
  if (node['x-kubernetes-int-or-string'] !== true || !Array.isArray(branches)) {
    throw new Error(`${at}: a union is not structural; use one object of optional members and an exactly-one CEL rule`);
  }
  const bounds = branches.map((branch) => copied(withoutSafeIntegerBounds(asJson(branch))));
  return {
    ...Object.assign({}, ...bounds),
    ...copied(node),
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
  };
}

function copied(node: Json): Json {
  return Object.fromEntries(KEYWORDS.filter((keyword) => node[keyword] !== undefined).map((keyword) => [keyword, node[keyword]]));
}

/** zod bounds every integer by what a double can hold; that is no rule of ours. */
function withoutSafeIntegerBounds(node: Json): Json {
  return Object.fromEntries(
    Object.entries(node).filter(([, value]) => value !== Number.MAX_SAFE_INTEGER && value !== Number.MIN_SAFE_INTEGER),
  );
}

function asJson(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('unexpected JSON schema node: an object was expected');
  return Object.fromEntries(Object.entries(value));
}

/** One kind as it is served: what people see beside the schema. */
export interface CrdRow {
  readonly kind: string;
  readonly plural: string;
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly schema: z.ZodType;
  readonly description: string;
  readonly columns: readonly PrinterColumn[];
  readonly scale?:
    | { readonly specReplicasPath: string; readonly statusReplicasPath: string; readonly labelSelectorPath: string }
    | undefined;
}

/** One column of `kubectl get`; priority 1 only with `-o wide`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date' | 'number';
  readonly jsonPath: string;
  readonly priority?: number;
  readonly description?: string;
}

/** The CustomResourceDefinition of one row of the table. */
export function customResourceDefinition(row: CrdRow): KubeObject {
  const singular = row.kind.toLowerCase();
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${row.plural}.${row.group}`, labels: { 'app.kubernetes.io/name': 'sluice' } },
    spec: {
      group: row.group,
      scope: row.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind: row.kind,
        listKind: `${row.kind}List`,
        plural: row.plural,
        singular,
        shortNames: row.shortNames,
        categories: ['sluice'],
      },
      versions: [
        {
          name: row.version,
          served: true,
          storage: true,
          additionalPrinterColumns: row.columns,
          subresources: { status: {}, ...(row.scale === undefined ? {} : { scale: row.scale }) },
          schema: { openAPIV3Schema: rootSchema(row) },
        },
      ],
    },
  };
}

/** The API server owns the type fields and `metadata`; an object without a status must not count as healthy (kstatus), hence the default. */
function rootSchema(row: CrdRow): StructuralSchema {
  const { properties = {}, ...root } = structuralSchema(row.schema);
  return {
    ...root,
    description: row.description,
    required: ['spec'],
    properties: {
      ...properties,
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      status: { ...properties['status'], default: { observedGeneration: -1 } },
    },
  };
}
