import type { KindDescriptor } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';

export type Schema = Readonly<Record<string, unknown>>;

export const TEXT = { type: 'string' } as const;
export const FLAG = { type: 'boolean' } as const;
export const INT32 = { type: 'integer', format: 'int32' } as const;
export const INT64 = { type: 'integer', format: 'int64' } as const;
export const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;

/** An object with these members only. */
export function object(properties: Schema, more: Schema = {}): Schema {
  return { type: 'object', properties, ...more };
}

/** A list of such items. */
export function list(items: Schema, more: Schema = {}): Schema {
  return { type: 'array', items, ...more };
}

/** An object whose other members are of no interest here. */
export function open(properties: Schema, more: Schema = {}): Schema {
  return { ...object(properties, more), 'x-kubernetes-preserve-unknown-fields': true };
}

/** The definition of a namespaced kind; with a schema of its status it has that subresource. */
export function crd({ group, version, kind, plural }: KindDescriptor, spec: Schema, status: Schema | undefined): KubeObject {
  const openAPIV3Schema = object(
    { apiVersion: TEXT, kind: TEXT, metadata: { type: 'object' }, spec, ...(status === undefined ? {} : { status }) },
    { required: ['spec'] },
  );
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(status === undefined ? {} : { subresources: { status: {} } }),
          schema: { openAPIV3Schema },
        },
      ],
    },
  };
}
