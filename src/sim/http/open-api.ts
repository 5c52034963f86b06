import { OBJECT_META } from '../cluster/built-in-schema.ts';
import { isObject, type JsonObject } from '../cluster/json.ts';
import { apiVersionOf, type Resource } from '../cluster/resource.ts';

function pathOf(kind: Resource['kind']): string {
  return kind.group === '' ? `api/${kind.version}` : `apis/${kind.group}/${kind.version}`;
}

/** The index at /openapi/v3: one document a group and version. */
export function openApiIndex(resources: readonly Resource[]): JsonObject {
  const paths = [...new Set(resources.map((resource) => pathOf(resource.kind)))];
  return { paths: Object.fromEntries(paths.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}` }])) };
}

function query(name: string): JsonObject {
  return { name, in: 'query', schema: { type: 'string', uniqueItems: true } };
}

function operations(resource: Resource, schemaName: string): JsonObject {
  const { group, version, kind } = resource.kind;
  const gvk = { group, version, kind };
  const reference = { $ref: `#/components/schemas/${schemaName}` };
  const answer = { description: 'OK', content: { 'application/json': { schema: reference } } };
  const operation = (action: string): JsonObject => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
    parameters: [query('dryRun'), query('fieldManager'), query('fieldValidation')],
    responses: { 200: answer },
  });
  const base = `/${pathOf(resource.kind)}/${resource.kind.namespaced ? 'namespaces/{namespace}/' : ''}${resource.kind.plural}`;
  return {
    [base]: { get: operation('list'), post: operation('post') },
    [`${base}/{name}`]: { get: operation('get'), put: operation('put'), patch: operation('patch'), delete: operation('delete') },
  };
}

function schemaOf(resource: Resource): JsonObject {
  const { group, version, kind } = resource.kind;
  const schema: JsonObject = isObject(resource.schema) ? resource.schema : { 'x-kubernetes-preserve-unknown-fields': true };
  const text = { type: 'string' };
  const declared = isObject(schema['properties']) ? schema['properties'] : {};
  const metadata = { ...OBJECT_META, description: "Standard object's metadata." };
  return {
    ...schema,
    type: 'object',
    properties: { apiVersion: text, kind: text, ...declared, metadata },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  };
}

/** The OpenAPI v3 document of one group and version such as `apis/apps/v1`; undefined when it is not served. */
export function openApiOf(resources: readonly Resource[], path: string): JsonObject | undefined {
  const served = resources.filter((resource) => pathOf(resource.kind) === path);
  if (served.length === 0) return undefined;
  const named = served.map((resource) => {
    const reversed = apiVersionOf(resource.kind).replace('/', '.');
    return { resource, name: `sluice.simulated.${reversed}.${resource.kind.kind}` };
  });
  return {
    openapi: '3.0.0',
    info: { title: 'Sluice simulated cluster', version: 'v1' },
    paths: Object.fromEntries(named.flatMap(({ resource, name }) => Object.entries(operations(resource, name)))),
    components: { schemas: Object.fromEntries(named.map(({ resource, name }) => [name, schemaOf(resource)])) },
  };
}
