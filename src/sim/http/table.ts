import type { KubeObject } from '../../api/metadata.ts';
import type { Instant } from '../../api/time.ts';
import { isObject, type JsonObject } from '../cluster/json.ts';
import type { Resource } from '../cluster/resource.ts';
import { builtInColumns } from './built-in-columns.ts';
import { AGE, type Column, shortAge } from './column.ts';
import { findByJsonPath } from './json-path.ts';

const NAME: Column = { name: 'Name', type: 'string', format: 'name', cell: (object) => object.metadata.name };

function customCell(type: string, path: string, object: KubeObject, now: Instant): unknown {
  const values = findByJsonPath(object, path);
  const [first] = values;
  if (first === undefined || first === null) return null;
  if (type === 'date') return typeof first === 'string' ? shortAge(first, now) : '<unknown>';
  if (type === 'integer' || type === 'number') return typeof first === 'number' ? first : null;
  if (type === 'boolean') return typeof first === 'boolean' ? first : null;
  const text = (value: unknown): string => (isObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value));
  return values.map(text).join(',');
}

function columnsOf(resource: Resource): readonly Column[] {
  if (!resource.custom) return [NAME, ...(builtInColumns(resource.kind.plural) ?? [AGE])];
  if (resource.columns.length === 0) return [NAME, AGE];
  const own = resource.columns.map((column): Column => {
    const { name, type, format, description, priority, jsonPath } = column;
    return { name, type, format, description, priority, cell: (object, now) => customCell(type, jsonPath, object, now) };
  });
  return [NAME, ...own];
}

/** `metadata` alone, as tables and metadata-only clients get it. */
export function partialMetadata(object: KubeObject): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** The Table that `kubectl get` prints. */
export function tableOf(
  resource: Resource,
  objects: readonly KubeObject[],
  metadata: JsonObject,
  now: Instant,
  includeObject: string,
): JsonObject {
  const columns = columnsOf(resource);
  const embedded = (object: KubeObject): JsonObject => {
    if (includeObject === 'None') return {};
    return { object: includeObject === 'Object' ? object : partialMetadata(object) };
  };
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(({ name, type, format = '', description = '', priority = 0 }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
    rows: objects.map((object) => ({ cells: columns.map((column) => column.cell(object, now)), ...embedded(object) })),
  };
}
