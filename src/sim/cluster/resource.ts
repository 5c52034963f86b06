import { z } from 'zod';
import type { KubeObject } from '../../api/metadata.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import { badRequest } from './api-error.ts';
import { BUILT_IN_KINDS, type BuiltInKind } from './built-in-kinds.ts';
import { builtInSchema } from './built-in-schema.ts';
import { type CelRules, compileRules } from './cel-rules.ts';
import { isObject } from './json.ts';
import { parseSchema, type Schema } from './schema.ts';

export interface ScalePaths {
  readonly spec: readonly string[];
  readonly status: readonly string[];
  readonly selector: readonly string[] | undefined;
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly jsonPath: string;
}

/** A kind as it is served. */
export interface Resource {
  readonly kind: ResourceKind;
  readonly custom: boolean;
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Undefined for kinds whose content is checked elsewhere. */
  readonly schema: Schema | undefined;
  readonly rules: CelRules;
  readonly status: boolean;
  readonly scale: ScalePaths | undefined;
  readonly generation: boolean;
  readonly columns: readonly PrinterColumn[];
  readonly selectable: readonly string[];
}

/** `apps/replicasets`: what the store files objects under. Versions of one kind share it. */
export function resourceKey(kind: { readonly group: string; readonly plural: string }): string {
  return `${kind.group}/${kind.plural}`;
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(kind: { readonly group: string; readonly version: string }): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

function builtInResource(entry: BuiltInKind): Resource {
  return {
    kind: entry.kind,
    custom: false,
    singular: entry.kind.kind.toLowerCase(),
    listKind: `${entry.kind.kind}List`,
    shortNames: entry.shortNames ?? [],
    categories: entry.inAll === true ? ['all'] : [],
    schema: entry.schema === undefined ? undefined : builtInSchema(entry.schema),
    rules: new Map(),
    status: entry.status === true,
    scale: entry.scale === true ? { spec: ['spec', 'replicas'], status: ['status', 'replicas'], selector: undefined } : undefined,
    generation: entry.generation === true,
    columns: [],
    selectable: [],
  };
}

/** The built-in kinds by resource key. */
export function builtInResources(): Map<string, Resource> {
  return new Map(BUILT_IN_KINDS.map((entry) => [resourceKey(entry.kind), builtInResource(entry)]));
}

const jsonPath = z.string().startsWith('.');

const crdSchema = z.looseObject({
  spec: z.looseObject({
    group: z.string(),
    scope: z.enum(['Namespaced', 'Cluster']),
    names: z.looseObject({
      kind: z.string(),
      plural: z.string(),
      singular: z.string().optional(),
      listKind: z.string().optional(),
      shortNames: z.array(z.string()).optional(),
      categories: z.array(z.string()).optional(),
    }),
    versions: z
      .array(
        z.looseObject({
          name: z.string(),
          served: z.boolean(),
          storage: z.boolean(),
          schema: z.looseObject({ openAPIV3Schema: z.unknown() }),
          subresources: z
            .looseObject({
              status: z.unknown().optional(),
              scale: z
                .looseObject({ specReplicasPath: jsonPath, statusReplicasPath: jsonPath, labelSelectorPath: jsonPath.optional() })
                .optional(),
            })
            .optional(),
          additionalPrinterColumns: z
            .array(
              z.looseObject({
                name: z.string(),
                type: z.string(),
                jsonPath: z.string(),
                description: z.string().default(''),
                format: z.string().default(''),
                priority: z.int().default(0),
              }),
            )
            .optional(),
          selectableFields: z.array(z.looseObject({ jsonPath })).optional(),
        }),
      )
      .min(1),
  }),
});

function fieldsOfPath(path: string): readonly string[] {
  return path.slice(1).split('.');
}

/** By the `spec` that defines them: rules are compiled once for every cluster and every version of a definition that share it. */
const defined = new WeakMap<object, Resource>();

/** The resource that a CustomResourceDefinition defines (its storage version); throws when it cannot be served as written. */
export function customResource(crd: KubeObject): Resource {
  const { spec } = crd;
  // What is frozen defines the same for good.
  const isKept = isObject(spec) && Object.isFrozen(spec);
  const resource = (isKept ? defined.get(spec) : undefined) ?? readDefinition(crd);
  if (isKept) defined.set(spec, resource);
  return resource;
}

function readDefinition(crd: KubeObject): Resource {
  const parsed = crdSchema.safeParse(crd);
  if (!parsed.success) throw badRequest(`CustomResourceDefinition ${crd.metadata.name} cannot be served: ${z.prettifyError(parsed.error)}`);
  const { group, names, scope, versions } = parsed.data.spec;
  const version = versions.find((candidate) => candidate.storage && candidate.served);
  if (version === undefined)
    throw badRequest(`CustomResourceDefinition ${crd.metadata.name} has no version that is both served and stored`);
  const schema = parseSchema(version.schema.openAPIV3Schema);
  const scale = version.subresources?.scale;
  return {
    kind: { group, version: version.name, kind: names.kind, plural: names.plural, namespaced: scope === 'Namespaced' },
    custom: true,
    singular: names.singular ?? names.kind.toLowerCase(),
    listKind: names.listKind ?? `${names.kind}List`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    schema,
    rules: compileRules(schema),
    status: version.subresources?.status !== undefined,
    scale:
      scale === undefined
        ? undefined
        : {
            spec: fieldsOfPath(scale.specReplicasPath),
            status: fieldsOfPath(scale.statusReplicasPath),
            selector: scale.labelSelectorPath === undefined ? undefined : fieldsOfPath(scale.labelSelectorPath),
          },
    generation: true,
    columns: version.additionalPrinterColumns ?? [],
    selectable: (version.selectableFields ?? []).map((field) => field.jsonPath.slice(1)),
  };
}
