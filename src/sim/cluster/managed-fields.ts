import { apiError, type Cause } from './api-error.ts';
import {
  differenceOf,
  EMPTY_FIELDS,
  type FieldSet,
  fieldSetOf,
  formatFieldPath,
  fromFieldsV1,
  intersectionOf,
  isEmptySet,
  pathsOf,
  sameFields,
  toFieldsV1,
  unionOf,
  withoutPrefixes,
} from './field-set.ts';
import { isObject, type JsonObject, jsonEqual } from './json.ts';
import type { Schema } from './schema.ts';
import { compareTyped, dropUnowned, fieldsOf, mergeTyped } from './typed-value.ts';

/** One entry of `metadata.managedFields`. */
interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string;
  readonly fields: FieldSet;
}

/** Who writes, and by which way. */
export interface Writer {
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string;
}

/** Fields that the server owns: nobody manages them. */
const UNMANAGED = fieldSetOf([
  ['f:apiVersion'],
  ['f:kind'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'generation',
    'managedFields',
    'resourceVersion',
    'deletionTimestamp',
  ].map((name) => ['f:metadata', `f:${name}`]),
  ['f:metadata', 'f:deletionGracePeriodSeconds'],
]);

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function readManagers(object: unknown): readonly Manager[] {
  const metadata = isObject(object) ? object['metadata'] : undefined;
  const entries = isObject(metadata) ? metadata['managedFields'] : undefined;
  if (!Array.isArray(entries)) return [];
  return entries.filter(isObject).map((entry) => ({
    manager: text(entry['manager']),
    operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
    apiVersion: text(entry['apiVersion']),
    subresource: text(entry['subresource']),
    time: text(entry['time']),
    fields: fromFieldsV1(entry['fieldsV1']),
  }));
}

function writeManagers(object: JsonObject, managers: readonly Manager[]): void {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  const order = (entry: Manager): string => `${entry.operation} ${entry.time} ${entry.manager} ${entry.subresource}`;
  const entries = managers
    .filter((entry) => !isEmptySet(entry.fields))
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map((entry) => ({
      manager: entry.manager,
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      time: entry.time,
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(entry.fields),
      ...(entry.subresource === '' ? {} : { subresource: entry.subresource }),
    }));
  const rest = Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== 'managedFields'));
  object['metadata'] = entries.length === 0 ? rest : { ...rest, managedFields: entries };
}

function isWriter(entry: Manager, writer: Writer, operation: Manager['operation']): boolean {
  return entry.manager === writer.manager && entry.operation === operation && entry.subresource === writer.subresource;
}

/** The entry of the writer with these fields; its time moves only when the fields do. */
function withFields(previous: Manager | undefined, writer: Writer, operation: Manager['operation'], fields: FieldSet): Manager {
  const time = previous !== undefined && sameFields(previous.fields, fields) ? previous.time : writer.time;
  return { manager: writer.manager, operation, apiVersion: writer.apiVersion, subresource: writer.subresource, time, fields };
}

/** Records a create, update or patch that is no apply: the writer owns what it changed, the others lose it. Changes `next` in place. */
export function recordUpdate(live: unknown, next: JsonObject, schema: Schema | undefined, writer: Writer): void {
  const { added, modified, removed } = compareTyped(live ?? {}, next, schema);
  const changed = withoutPrefixes(unionOf(added, modified), UNMANAGED);
  const managers = readManagers(live);
  const mine = managers.find((entry) => isWriter(entry, writer, 'Update'));
  const others = managers
    .filter((entry) => entry !== mine)
    .map((entry) => ({ ...entry, fields: differenceOf(differenceOf(entry.fields, changed), removed) }));
  const fields = unionOf(differenceOf(mine?.fields ?? EMPTY_FIELDS, removed), changed);
  writeManagers(next, [...others, withFields(mine, writer, 'Update', fields)]);
}

/** Empties the record: what an object sent with `managedFields: []` asks for. */
export function forgetManagers(object: JsonObject): void {
  writeManagers(object, []);
}

/** Carries the record over unchanged. */
export function keepManagers(live: unknown, next: JsonObject): void {
  writeManagers(next, readManagers(live));
}

/**
 * Server-side apply of `config` on `live`: the merged object with its new record. Throws 409 with one cause a field when other managers own what changes.
 * `config` holds only what this way of writing may touch: `status` through its subresource, the rest otherwise.
 */
export function applyFields(live: JsonObject, config: JsonObject, schema: Schema | undefined, writer: Writer, force: boolean): JsonObject {
  const managers = readManagers(live);
  const mine = managers.find((entry) => isWriter(entry, writer, 'Apply'));
  const others = managers.filter((entry) => entry !== mine);
  const fields = withoutPrefixes(fieldsOf(config, schema), UNMANAGED);
  const managed = others.reduce((all, entry) => unionOf(all, entry.fields), fields);
  const merged = mergeTyped(live, config, schema);
  const pruned = mine === undefined ? merged : dropUnowned(merged, schema, mine.fields, managed);
  const next: JsonObject = isObject(pruned) ? { ...pruned } : {};
  const { added, modified, removed } = compareTyped(live, next, schema);
  const changed = withoutPrefixes(unionOf(added, modified), UNMANAGED);
  const conflicts = others.map((entry) => ({ entry, fields: intersectionOf(entry.fields, changed) })).filter((c) => !isEmptySet(c.fields));
  if (conflicts.length > 0 && !force) throw conflictError(conflicts);
  const left = others.map((entry) => ({ ...entry, fields: differenceOf(differenceOf(entry.fields, changed), removed) }));
  writeManagers(next, [...left, withFields(mine, writer, 'Apply', fields)]);
  return next;
}

function conflictError(conflicts: readonly { readonly entry: Manager; readonly fields: FieldSet }[]): Error {
  const causes: Cause[] = conflicts.flatMap(({ entry, fields }) =>
    pathsOf(fields).map((path) => ({ reason: 'FieldManagerConflict', message: describe(entry), field: formatFieldPath(path) })),
  );
  const plural = causes.length === 1 ? 'conflict' : 'conflicts';
  const lines = conflicts.map(({ entry, fields }) => {
    const paths = pathsOf(fields).map(formatFieldPath);
    return paths.length === 1 ? `${describe(entry)}: ${paths[0]}` : `${describe(entry)}:\n- ${paths.join('\n- ')}`;
  });
  const message = `Apply failed with ${causes.length} ${plural}: ${lines.join('\n')}`;
  return apiError(409, 'Conflict', message, { causes, fields: causes.map((cause) => cause.field) });
}

function describe(entry: Manager): string {
  const subresource = entry.subresource === '' ? '' : ` with subresource "${entry.subresource}"`;
  const what = entry.operation === 'Update' ? ` using ${entry.apiVersion}` : '';
  return `conflict with "${entry.manager}"${subresource}${what}`;
}

/** Whether two objects differ in nothing but the times of their field records. */
export function sameButTimes(a: JsonObject, b: JsonObject): boolean {
  const strip = (object: JsonObject): JsonObject => {
    const metadata = isObject(object['metadata']) ? object['metadata'] : {};
    return { ...object, metadata: { ...metadata, managedFields: [], resourceVersion: '' } };
  };
  const record = (object: JsonObject): unknown =>
    readManagers(object).map((entry) => ({ ...entry, time: '', fields: toFieldsV1(entry.fields) }));
  return jsonEqual(strip(a), strip(b)) && jsonEqual(record(a), record(b));
}
