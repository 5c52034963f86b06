import type { Cause } from './api-error.ts';
import { formatPath, isObject, jsonEqual } from './json.ts';
import { listShape, memberSchema, type Schema } from './schema.ts';
import { stableJson } from './stable-json.ts';
import { itemElement } from './typed-value.ts';

export type FieldPath = readonly (string | number)[];

/** A validation error with its path, so that ratcheting can look at the old value there. */
export interface Violation extends Cause {
  readonly path: FieldPath;
}

/** Builds a violation as `field.Error` words it: `Invalid value: <value>: <text>`. */
export function invalidValue(path: FieldPath, value: unknown, text: string): Violation {
  return { path, field: formatPath(path), reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${text}` };
}

export function required(path: FieldPath, text = ''): Violation {
  return {
    path,
    field: formatPath(path),
    reason: 'FieldValueRequired',
    message: text === '' ? 'Required value' : `Required value: ${text}`,
  };
}

function other(path: FieldPath, reason: string, message: string): Violation {
  return { path, field: formatPath(path), reason, message };
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** Every way in which a value breaks its OpenAPI v3 schema, worded as the API server words them. */
export function validateSchema(value: unknown, schema: Schema, path: FieldPath = []): readonly Violation[] {
  if (value === null && schema.nullable === true) return [];
  const wrongType = checkType(value, schema, path);
  if (wrongType.length > 0) return wrongType;
  return [...checkEnum(value, schema, path), ...checkByType(value, schema, path), ...checkCombined(value, schema, path)];
}

function checkByType(value: unknown, schema: Schema, path: FieldPath): readonly Violation[] {
  if (typeof value === 'string') return checkString(value, schema, path);
  if (typeof value === 'number') return checkNumber(value, schema, path);
  if (Array.isArray(value)) return checkList(value, schema, path);
  return isObject(value) ? checkObject(value, schema, path) : [];
}

function checkType(value: unknown, schema: Schema, path: FieldPath): readonly Violation[] {
  const found = jsonType(value);
  if (schema['x-kubernetes-int-or-string'] === true) {
    return found === 'integer' || found === 'string' ? [] : [mistyped(path, found, 'integer,string')];
  }
  const wanted = schema.type;
  if (wanted === undefined || wanted === '' || wanted === found || (wanted === 'number' && found === 'integer')) return [];
  const { format } = schema;
  if (wanted !== 'integer' || found !== 'number' || format === undefined) return [mistyped(path, found, wanted)];
  // A fraction where a sized integer belongs is refused twice, in Go's words.
  const checked = `Invalid value: "": Checked value must be of type integer with format ${format} in ${formatPath(path)}`;
  return [mistyped(path, 'float64', format), { path: [], field: '<nil>', reason: 'FieldValueInvalid', message: checked }];
}

function mistyped(path: FieldPath, found: string, wanted: string): Violation {
  const field = formatPath(path);
  const message = `Invalid value: "${found}": ${field} in body must be of type ${wanted}: "${found}"`;
  return other(path, 'FieldValueTypeInvalid', message);
}

function checkEnum(value: unknown, schema: Schema, path: FieldPath): readonly Violation[] {
  if (schema.enum === undefined || schema.enum.some((allowed) => jsonEqual(allowed, value))) return [];
  const list = schema.enum.map((allowed) => JSON.stringify(allowed)).join(', ');
  return [other(path, 'FieldValueNotSupported', `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`)];
}

/** Formats that the API server checks. */
const FORMATS: Readonly<Record<string, RegExp>> = {
  'date-time': /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:?\d{2})$/u,
  date: /^\d{4}-\d{2}-\d{2}$/u,
  uri: /^[A-Za-z][A-Za-z0-9+.-]*:\S*$|^\/\S*$/u,
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u,
  ipv4: /^(?:\d{1,3}\.){3}\d{1,3}$/u,
};

const patterns = new Map<string, RegExp>();

/** The expression of a schema, compiled once: there are as many as the schemas hold. */
function patternOf(source: string): RegExp {
  const known = patterns.get(source) ?? new RegExp(source, 'u');
  patterns.set(source, known);
  return known;
}

function checkString(value: string, schema: Schema, path: FieldPath): readonly Violation[] {
  const out: Violation[] = [];
  // Kubernetes counts code points.
  const length = schema.maxLength === undefined && schema.minLength === undefined ? 0 : Array.from(value).length;
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    out.push(other(path, 'FieldValueTooLong', `Too long: may not be more than ${schema.maxLength} bytes`));
  }
  if (schema.minLength !== undefined && length < schema.minLength) {
    out.push(invalidValue(path, value, `${formatPath(path)} in body should be at least ${schema.minLength} chars long`));
  }
  if (schema.pattern !== undefined && !patternOf(schema.pattern).test(value)) {
    out.push(invalidValue(path, value, `${formatPath(path)} in body should match '${schema.pattern}'`));
  }
  const format = schema.format === undefined ? undefined : FORMATS[schema.format];
  if (format !== undefined && schema['x-kubernetes-int-or-string'] !== true && !format.test(value)) {
    out.push({
      ...invalidValue(path, value, `${formatPath(path)} in body must be of type ${schema.format}: ${JSON.stringify(value)}`),
      reason: 'FieldValueTypeInvalid',
    });
  }
  return out;
}

const INT_FORMATS: Readonly<Record<string, number>> = { int32: 2 ** 31, int64: 2 ** 63 };

function checkNumber(value: number, schema: Schema, path: FieldPath): readonly Violation[] {
  const problems: string[] = [];
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined) {
    if (schema.exclusiveMinimum === true && value <= minimum) problems.push(`should be greater than ${minimum}`);
    else if (value < minimum) problems.push(`should be greater than or equal to ${minimum}`);
  }
  if (maximum !== undefined) {
    if (schema.exclusiveMaximum === true && value >= maximum) problems.push(`should be less than ${maximum}`);
    else if (value > maximum) problems.push(`should be less than or equal to ${maximum}`);
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) problems.push(`should be a multiple of ${multipleOf}`);
  const bound = schema.format === undefined ? undefined : INT_FORMATS[schema.format];
  if (bound !== undefined && (value >= bound || value < -bound)) problems.push(`must be of type ${schema.format}: "${value}"`);
  return problems.map((problem) => invalidValue(path, value, `${formatPath(path)} in body ${problem}`));
}

function checkList(list: readonly unknown[], schema: Schema, path: FieldPath): readonly Violation[] {
  const out: Violation[] = [];
  if (schema.maxItems !== undefined && list.length > schema.maxItems) {
    out.push(other(path, 'FieldValueTooMany', `Too many: ${list.length}: must have at most ${schema.maxItems} items`));
  }
  if (schema.minItems !== undefined && list.length < schema.minItems) {
    out.push(invalidValue(path, list.length, `${formatPath(path)} in body should have at least ${schema.minItems} items`));
  }
  out.push(...checkDuplicates(list, schema, path));
  const { items } = schema;
  if (items !== undefined) out.push(...list.flatMap((item, index) => validateSchema(item, items, [...path, index])));
  return out;
}

function checkDuplicates(list: readonly unknown[], schema: Schema, path: FieldPath): readonly Violation[] {
  const shape = listShape(schema);
  if (shape.kind === 'atomic') return [];
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const element = itemElement(shape, schema, item);
    const duplicate = seen.has(element);
    seen.add(element);
    return duplicate ? [other([...path, index], 'FieldValueDuplicate', `Duplicate value: ${element.slice(2)}`)] : [];
  });
}

function checkObject(object: Readonly<Record<string, unknown>>, schema: Schema, path: FieldPath): readonly Violation[] {
  const out = (schema.required ?? []).filter((key) => object[key] === undefined).map((key) => required([...path, key]));
  const size = Object.keys(object).length;
  if (schema.maxProperties !== undefined && size > schema.maxProperties) {
    out.push(other(path, 'FieldValueTooMany', `Too many: ${size}: must have at most ${schema.maxProperties} items`));
  }
  if (schema.minProperties !== undefined && size < schema.minProperties) {
    out.push(invalidValue(path, size, `${formatPath(path)} in body should have at least ${schema.minProperties} properties`));
  }
  for (const key of Object.keys(object)) {
    const inner = memberSchema(schema, key);
    if (inner !== undefined && object[key] !== undefined) out.push(...validateSchema(object[key], inner, [...path, key]));
  }
  return out;
}

function checkCombined(value: unknown, schema: Schema, path: FieldPath): readonly Violation[] {
  const { allOf, anyOf, oneOf, not } = schema;
  if (allOf === undefined && anyOf === undefined && oneOf === undefined && not === undefined) return [];
  const holds = (part: Schema): boolean => validateSchema(value, part, path).length === 0;
  const shown = typeof value === 'string' || typeof value === 'number' ? value : stableJson(value);
  const out = (allOf ?? []).flatMap((part) => validateSchema(value, part, path));
  const field = formatPath(path);
  if (anyOf !== undefined && !anyOf.some(holds)) {
    out.push(invalidValue(path, shown, `${field} in body must validate at least one schema (anyOf)`));
  }
  if (oneOf !== undefined && oneOf.filter(holds).length !== 1) {
    out.push(invalidValue(path, shown, `${field} in body must validate one and only one schema (oneOf)`));
  }
  if (not !== undefined && holds(not)) out.push(invalidValue(path, shown, `${field} in body must not validate the schema (not)`));
  return out;
}
