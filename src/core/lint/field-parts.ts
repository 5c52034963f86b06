/** A field as `fieldPath` writes it in its parts: `spec`, `steps`, `2`, `setWeight` of `spec.steps[2].setWeight`. */
export function fieldParts(field: string): readonly string[] {
  return (field.match(/\[[^\]]*\]|[^.[\]]+/g) ?? []).map((part) => (part.startsWith('[') ? part.slice(1, -1) : part));
}
