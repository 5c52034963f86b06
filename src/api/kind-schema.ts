import { type StructuralSchema, structuralSchema } from './crd.ts';
import { CRD_TABLE } from './crd-table.ts';

const OBJECT_META = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
  'managedFields',
  'selfLink',
];

const METADATA: StructuralSchema = {
  type: 'object',
  properties: Object.fromEntries(OBJECT_META.map((field) => [field, { 'x-kubernetes-preserve-unknown-fields': true }])),
};

let schemas: ReadonlyMap<string, StructuralSchema> | undefined;

/** The schema of a kind of ours, metadata included; computed once, since it never changes while the process runs. */
export function kindSchema(kind: string): StructuralSchema | undefined {
  schemas ??= new Map(
    CRD_TABLE.map((row) => {
      const root = structuralSchema(row.schema);
      return [row.kind, { ...root, properties: { ...root.properties, metadata: METADATA } }];
    }),
  );
  return schemas.get(kind);
}
