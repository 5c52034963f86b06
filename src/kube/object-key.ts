/** `namespace/name`, or `name` for an object of a cluster kind. */
export function objectKey(object: { readonly metadata: { readonly namespace?: string | undefined; readonly name: string } }): string {
  return refKey(object.metadata);
}

/** The key of the object that a reference names. */
export function refKey(ref: { readonly namespace?: string | undefined; readonly name: string }): string {
  return ref.namespace === undefined || ref.namespace === '' ? ref.name : `${ref.namespace}/${ref.name}`;
}
