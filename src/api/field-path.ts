/** `spec.strategy.canary.steps[2].setWeight`, as kubectl prints it; keys that are no plain names stand in brackets: `spec.selector.matchLabels[a/b]`. */
export function fieldPath(parts: readonly PropertyKey[]): string {
  let path = '';
  for (const part of parts) {
    if (typeof part === 'number') path += `[${part}]`;
    else if (/^[A-Za-z_$][A-Za-z0-9_$-]*$/.test(String(part))) path += path === '' ? String(part) : `.${String(part)}`;
    else path += `[${String(part)}]`;
  }
  return path === '' ? '(root)' : path;
}
