import { badRequest, type Cause, invalid } from './api-error.ts';
import { applyBuiltInDefaults } from './built-in-defaults.ts';
import { validateBuiltIn } from './built-in-validation.ts';
import { checkRules } from './cel-rules.ts';
import { cloneJson, isObject, type JsonObject, jsonEqual, valueAt } from './json.ts';
import { metaText, validateMetadata, validateMetadataUpdate } from './object-meta.ts';
import { apiVersionOf, type Resource } from './resource.ts';
import { applyDefaults, dropNulls } from './schema-default.ts';
import { pruneObject } from './schema-prune.ts';
import { type Violation, validateSchema } from './schema-validate.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** Reads an object as the server's decoder does: a copy without what the kind does not know. Throws 400 when `Strict` and something is unknown, or on a wrong kind. */
export function decodeObject(resource: Resource, sent: Readonly<Record<string, unknown>>, fieldValidation: FieldValidation): JsonObject {
  const { kind, schema } = resource;
  const apiVersion = apiVersionOf(kind);
  if (sent['apiVersion'] !== undefined && sent['apiVersion'] !== apiVersion) {
    throw badRequest(`the API version in the data (${shown(sent['apiVersion'])}) does not match the expected API version (${apiVersion})`);
  }
  if (sent['kind'] !== undefined && sent['kind'] !== kind.kind) {
    throw badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: kind is ${shown(sent['kind'])}`);
  }
  const object: JsonObject = { ...cloneJson(sent), apiVersion, kind: kind.kind };
  if (!isObject(object['metadata'])) object['metadata'] = {};
  dropMetadataNulls(object);
  if (schema === undefined) return object;
  if (!resource.custom) dropNulls(object, schema);
  const pruned = pruneObject(object, schema);
  if (fieldValidation === 'Strict' && pruned.unknown.length > 0) {
    const fields = pruned.unknown.map((field) => `unknown field "${field}"`).join(', ');
    throw badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: strict decoding error: ${fields}`);
  }
  if (!resource.custom) rejectWrongTypes(resource, pruned.object);
  return pruned.object;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function dropMetadataNulls(object: JsonObject): void {
  const metadata = object['metadata'];
  if (!isObject(metadata)) return;
  for (const [key, value] of Object.entries(metadata)) if (value === null) delete metadata[key];
}

/** Built-in kinds are Go structs: a wrong JSON type fails in the decoder, not in validation. */
function rejectWrongTypes(resource: Resource, object: JsonObject): void {
  const { kind, schema } = resource;
  if (schema === undefined) return;
  const wrong = validateSchema(object, schema).find((violation) => violation.reason === 'FieldValueTypeInvalid');
  if (wrong === undefined) return;
  throw badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${wrong.field}: ${wrong.message}`);
}

/** Fills in every default of the kind, in place. */
export function defaultObject(resource: Resource, object: JsonObject): void {
  applyDefaults(object, resource.schema);
  if (resource.custom) {
    dropNulls(object, resource.schema);
    return;
  }
  applyBuiltInDefaults(resource.kind.kind, object);
}

/** Throws 422 with one cause a field when an object that is about to be stored breaks a rule of its kind. */
export function validateObject(resource: Resource, object: JsonObject, live: JsonObject | undefined): void {
  const causes: Cause[] = [...validateMetadata(resource, object), ...(live === undefined ? [] : validateMetadataUpdate(object, live))];
  const { schema } = resource;
  if (schema !== undefined) {
    const { metadata: _metadata, ...content } = object;
    const found = [...validateSchema(content, schema), ...checkScale(resource, object)];
    const violations = [...found, ...(isBlocked(resource, found) ? [RULES_SKIPPED] : checkWhole(resource, object, live))];
    causes.push(
      ...violations
        .filter((violation) => !ratcheted(violation, object, live))
        .map(({ field, reason, message }) => ({ field, reason, message })),
    );
  }
  if (!resource.custom) causes.push(...validateBuiltIn(resource.kind.kind, object, live));
  if (causes.length > 0) throw invalid(resource.kind, metaText(object, 'name') ?? '', unique(causes));
}

/** Errors after which the server does not run the rules of a schema any more. */
const BLOCKING = ['FieldValueNotSupported', 'FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany', 'FieldValueTypeInvalid'];

const RULES_SKIPPED: Violation = {
  path: [],
  field: '<nil>',
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

function isBlocked(resource: Resource, found: readonly Violation[]): boolean {
  return resource.rules.size > 0 && found.some((violation) => BLOCKING.includes(violation.reason));
}

/** The scale subresource reads its replicas by itself, and words its own refusals. */
function checkScale(resource: Resource, object: JsonObject): readonly Violation[] {
  if (!resource.custom || resource.scale === undefined) return [];
  const path = resource.scale.spec;
  const field = `.${path.join('.')}`;
  const value = valueAt(object, path);
  const problem = (message: string): readonly Violation[] => [
    { path: [...path], field, reason: 'FieldValueInvalid', message: `Invalid value: ${message}` },
  ];
  if (typeof value === 'number' && value < 0) return problem(`${value}: should be a non-negative integer`);
  if (typeof value === 'string') return problem(`0: ${field} accessor error: ${value} is of the type string, expected int64`);
  return [];
}

function checkWhole(resource: Resource, object: JsonObject, live: JsonObject | undefined): readonly Violation[] {
  if (resource.schema === undefined || resource.rules.size === 0) return [];
  return checkRules(object, live, resource.schema, resource.rules);
}

/** An update is not refused for what was already wrong and stayed as it was (KEP-4008). CEL rules look at that themselves. */
function ratcheted(violation: Violation, object: JsonObject, live: JsonObject | undefined): boolean {
  if (live === undefined || violation.path.length === 0) return false;
  const fromRule = !violation.message.includes(' in body ') && violation.reason === 'FieldValueInvalid' && !violation.field.startsWith('.');
  if (fromRule) return false;
  const parent = violation.reason === 'FieldValueRequired' ? violation.path.slice(0, -1) : violation.path;
  const old = valueAt(live, parent);
  return old !== undefined && jsonEqual(old, valueAt(object, parent));
}

function unique(causes: readonly Cause[]): readonly Cause[] {
  const seen = new Set<string>();
  return causes.filter((cause) => {
    const key = `${cause.field} ${cause.message}`;
    const first = !seen.has(key);
    seen.add(key);
    return first;
  });
}
