import type { KubeObject } from '../../src/api/metadata.ts';

const COUNTED = ['uid', 'resourceVersion', 'generation', 'managedFields', 'creationTimestamp'];

/** An object without what the API server counts up. */
export function ownersPart(object: KubeObject): Readonly<Record<string, unknown>> {
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([member]) => !COUNTED.includes(member)));
  return { ...object, metadata };
}
