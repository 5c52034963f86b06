import { CORE_EVENT } from '../cluster/built-in-kinds.ts';
import type { JsonObject } from '../cluster/json.ts';
import { apiVersionOf, type Resource } from '../cluster/resource.ts';
import { openApiIndex, openApiOf } from './open-api.ts';

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function entries(resource: Resource): readonly JsonObject[] {
  const { kind, plural, namespaced } = resource.kind;
  const reviewed = resource.kind.group === 'authorization.k8s.io';
  const categories = resource.categories.length === 0 ? {} : { categories: resource.categories };
  const shortNames = resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames };
  const verbs = reviewed ? ['create'] : ALL_VERBS;
  const out: JsonObject[] = [{ name: plural, singularName: resource.singular, namespaced, kind, verbs, ...shortNames, ...categories }];
  const partVerbs = ['get', 'patch', 'update'];
  if (resource.status) out.push({ name: `${plural}/status`, singularName: '', namespaced, kind, verbs: partVerbs });
  if (resource.scale !== undefined) {
    out.push({
      name: `${plural}/scale`,
      singularName: '',
      namespaced,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: partVerbs,
    });
  }
  if (plural === 'pods' && resource.kind.group === '') {
    out.push({
      name: 'pods/eviction',
      singularName: '',
      namespaced,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    });
  }
  return out;
}

function groupOf(group: string, versions: readonly string[]): JsonObject {
  const list = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: list, preferredVersion: list[0] };
}

function groups(resources: readonly Resource[]): readonly JsonObject[] {
  const names = [...new Set(resources.map((resource) => resource.kind.group))].filter((group) => group !== '');
  return names.map((group) => {
    const versions = new Set(resources.filter((resource) => resource.kind.group === group).map((resource) => resource.kind.version));
    return groupOf(group, [...versions]);
  });
}

/** Core Events are served beside those of events.k8s.io, from one store. */
function withCoreEvents(resources: readonly Resource[]): readonly Resource[] {
  const events = resources.find((resource) => resource.kind.plural === 'events');
  return events === undefined ? resources : [...resources, { ...events, kind: CORE_EVENT }];
}

const VERSION: JsonObject = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+sluice-simulated',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'sluice',
  platform: 'simulated',
};

/** What the server answers on paths that name no object: discovery, OpenAPI, version, health; undefined for any other path. */
export function discoveryAnswer(pathname: string, served: readonly Resource[]): JsonObject | string | undefined {
  const resources = withCoreEvents(served);
  if (['/healthz', '/livez', '/readyz'].includes(pathname)) return 'ok';
  if (pathname === '/version') return VERSION;
  if (pathname === '/api') return { kind: 'APIVersions', apiVersion: 'v1', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (pathname === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(resources) };
  if (pathname === '/openapi/v3') return openApiIndex(resources);
  if (pathname.startsWith('/openapi/v3/')) return openApiOf(resources, pathname.slice('/openapi/v3/'.length));
  const match = /^\/(?:api\/v1|apis\/([^/]+)(?:\/([^/]+))?)$/u.exec(pathname);
  if (match === null) return undefined;
  const [, group = '', version] = match;
  if (group !== '' && version === undefined) {
    const found = groups(resources).find((candidate) => candidate['name'] === group);
    return found === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...found };
  }
  const groupVersion = apiVersionOf({ group, version: version ?? 'v1' });
  const list = resources.filter((resource) => apiVersionOf(resource.kind) === groupVersion).flatMap(entries);
  return list.length === 0 ? undefined : { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: list };
}
