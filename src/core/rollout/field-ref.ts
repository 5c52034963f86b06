/** The keys of a path such as `metadata.labels['app.kubernetes.io/name']` or `spec.template.spec.containers[0].image`; undefined when it is no path. */
function keysOf(path: string): readonly string[] | undefined {
  const part = /\.?([A-Za-z0-9_-]+)|\[(?:'([^']*)'|"([^"]*)"|([0-9]+))\]/y;
  const keys: string[] = [];
  while (part.lastIndex < path.length) {
    const match = part.exec(path);
    if (match === null) return undefined;
    keys.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '');
  }
  return keys.length === 0 ? undefined : keys;
}

/** The text, number or boolean at a path of an object; undefined when the path ends anywhere else. */
export function fieldValue(object: unknown, path: string): string | undefined {
  let value: unknown = object;
  for (const key of keysOf(path) ?? ['']) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Whether a path leads to one label or annotation: what an object may have or not, where any other path that leads nowhere is a mistake. */
export function isOptionalField(path: string): boolean {
  const keys = keysOf(path);
  return keys?.length === 3 && keys[0] === 'metadata' && (keys[1] === 'labels' || keys[1] === 'annotations');
}
