/** What a URL path names below /api/v1 or /apis/<group>/<version>. */
export interface ApiPath {
  readonly group: string;
  readonly version: string;
  readonly namespace?: string | undefined;
  readonly plural: string;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** Reads a resource's path; undefined when it is none (discovery, health, ...). */
export function parseApiPath(pathname: string): ApiPath | undefined {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [root, ...rest] = parts;
  if (root === 'api' && rest.length >= 2) return resourcePath('', rest[0] ?? '', rest.slice(1));
  if (root === 'apis' && rest.length >= 3) return resourcePath(rest[0] ?? '', rest[1] ?? '', rest.slice(2));
  return undefined;
}

function resourcePath(group: string, version: string, rest: readonly string[]): ApiPath | undefined {
  const [first, second, third] = rest;
  if (first === 'namespaces' && third !== undefined && third !== 'status' && third !== 'finalize') {
    const [, namespace, plural = '', name, subresource, ...more] = rest;
    return more.length > 0 ? undefined : { group, version, namespace, plural, name, subresource };
  }
  return rest.length > 3 || first === undefined ? undefined : { group, version, plural: first, name: second, subresource: third };
}
