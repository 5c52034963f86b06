import { Environment } from '@marcbachmann/cel-js';
import { apiError } from './api-error.ts';
import { registerKubernetesFunctions } from './cel-functions.ts';
import { formatPath, isObject, type JsonObject, jsonEqual, setOwn } from './json.ts';
import { type CelRule, listShape, memberSchema, type Schema } from './schema.ts';
import type { FieldPath, Violation } from './schema-validate.ts';
import { itemsByElement } from './typed-value.ts';

interface CompiledRule {
  readonly rule: CelRule;
  readonly holds: (self: unknown, oldSelf: unknown) => unknown;
  readonly message: ((self: unknown, oldSelf: unknown) => unknown) | undefined;
  /** Compares with the old value, so that it is checked on update only. */
  readonly transition: boolean;
}

/** The CEL rules of one schema, compiled once at installation. */
export type CelRules = ReadonlyMap<Schema, readonly CompiledRule[]>;

const environment = registerKubernetesFunctions(
  new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
    .registerVariable('self', 'dyn')
    .registerVariable('oldSelf', 'dyn'),
);

/** Compiles every `x-kubernetes-validations` rule in a schema; throws, naming the rule, when one cannot be evaluated here. */
export function compileRules(schema: Schema, path: FieldPath = []): CelRules {
  const out = new Map<Schema, readonly CompiledRule[]>();
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length > 0)
    out.set(
      schema,
      rules.map((rule) => compileRule(rule, path)),
    );
  const inner: (readonly [string, Schema | undefined])[] = Object.entries(schema.properties ?? {});
  const rest = schema.additionalProperties;
  const all = [...inner, ['[*]', schema.items] as const, ['[*]', isObject(rest) ? (rest as Schema) : undefined] as const];
  for (const [key, member] of all) {
    if (member === undefined) continue;
    for (const [at, compiled] of compileRules(member, [...path, key])) out.set(at, compiled);
  }
  return out;
}

function compileRule(rule: CelRule, path: FieldPath): CompiledRule {
  const holds = compileExpression(rule.rule, path, 'bool');
  const message = rule.messageExpression === undefined ? undefined : compileExpression(rule.messageExpression, path, 'string');
  return { rule, holds, message, transition: /\boldSelf\b/u.test(rule.rule) };
}

function compileExpression(source: string, path: FieldPath, wanted: string): (self: unknown, oldSelf: unknown) => unknown {
  const problem = (why: string): Error =>
    apiError(422, 'Invalid', `the rule ${JSON.stringify(source)} at ${formatPath(path) || 'the root'} cannot be evaluated: ${why}`);
  try {
    const program = environment.parse(source);
    const checked = program.check();
    if (!checked.valid) throw problem(checked.error?.message.split('\n')[0] ?? 'it does not type-check');
    if (checked.type !== wanted && checked.type !== 'dyn') throw problem(`it yields ${checked.type}, not ${wanted}`);
    return (self, oldSelf) => program({ self, oldSelf });
  } catch (error) {
    if (error instanceof Error && error.name === 'SluiceError') throw error;
    throw problem(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

/** CEL names of members that are no identifiers, as Kubernetes escapes them. */
function escapeName(name: string): string {
  if (PLAIN_NAME.test(name) && !name.includes('__') && !RESERVED.has(name)) return name;
  const escaped = name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
  return RESERVED.has(escaped) ? `__${escaped}__` : escaped;
}

const PLAIN_NAME = /^\w+$/u;

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

/** JSON as CEL sees it: integers are `int` where the schema says so or does not say, declared members carry escaped names. */
function toCel(value: unknown, schema: Schema | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => toCel(item, schema?.items));
  if (typeof value === 'number') return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const declared = schema?.properties !== undefined && Object.hasOwn(schema.properties, key);
    setOwn(out, declared ? escapeName(key) : key, toCel(member, memberSchema(schema, key)));
  }
  return out;
}

/** Runs the rules over a value; `before` is the stored one, undefined on create. */
export function checkRules(value: unknown, before: unknown, schema: Schema, rules: CelRules, path: FieldPath = []): readonly Violation[] {
  if (value === undefined || value === null) return [];
  const own = runRules(rules.get(schema) ?? [], value, before, schema, path);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return own;
    return [...own, ...value.flatMap((item, index) => checkRules(item, oldItem(before, item, schema), items, rules, [...path, index]))];
  }
  if (!isObject(value)) return own;
  const inner = Object.entries(value).flatMap(([key, member]) => {
    const declared = memberSchema(schema, key);
    const old = isObject(before) ? before[key] : undefined;
    return declared === undefined ? [] : checkRules(member, old, declared, rules, [...path, key]);
  });
  return [...own, ...inner];
}

/** Only the items of list maps have an old value to compare with. */
function oldItem(before: unknown, item: unknown, schema: Schema): unknown {
  const shape = listShape(schema);
  if (shape.kind !== 'map' || !Array.isArray(before)) return undefined;
  const [element] = itemsByElement(shape, schema, [item]).keys();
  return element === undefined ? undefined : itemsByElement(shape, schema, before).get(element);
}

/** The rules of one place, on one CEL form of its value. */
function runRules(
  compiled: readonly CompiledRule[],
  value: unknown,
  before: unknown,
  schema: Schema,
  path: FieldPath,
): readonly Violation[] {
  if (compiled.length === 0) return [];
  // Ratcheting: what did not change is not judged again.
  const isUnchanged = before !== undefined && jsonEqual(value, before);
  const due = compiled.filter(({ transition, rule }) =>
    transition ? before !== undefined || rule.optionalOldSelf === true : !isUnchanged,
  );
  if (due.length === 0) return [];
  const self = toCel(value, schema);
  const oldSelf = before === undefined ? undefined : toCel(before, schema);
  return due.flatMap((rule) => runRule(rule, value, self, oldSelf, path));
}

function runRule(compiled: CompiledRule, value: unknown, self: unknown, oldSelf: unknown, path: FieldPath): readonly Violation[] {
  try {
    if (compiled.holds(self, oldSelf) === true) return [];
    return [violation(compiled, value, path, messageOf(compiled, self, oldSelf))];
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return [violation(compiled, value, path, `rule evaluation error: ${why}: ${compiled.rule.rule}`)];
  }
}

function messageOf(compiled: CompiledRule, self: unknown, oldSelf: unknown): string {
  const fallback = compiled.rule.message?.trim() ?? `failed rule: ${compiled.rule.rule.trim()}`;
  if (compiled.message === undefined) return fallback;
  try {
    const text = compiled.message(self, oldSelf);
    return typeof text === 'string' && text.trim() !== '' ? text.trim() : fallback;
  } catch {
    return fallback;
  }
}

/** `.steps[0]` or `['x']` behind the path of the rule's own place. */
function fieldOf(path: FieldPath, fieldPath: string | undefined): string {
  const base = formatPath(path);
  if (fieldPath === undefined) return base;
  const rest = fieldPath.replaceAll(/\['([^']*)'\]/gu, '.$1');
  return base === '' ? rest.replace(/^\./u, '') : base + rest;
}

function violation(compiled: CompiledRule, value: unknown, path: FieldPath, text: string): Violation {
  const { rule } = compiled;
  const field = fieldOf(path, rule.fieldPath);
  const shown = JSON.stringify(value);
  const plain = typeof value !== 'object';
  const { reason = 'FieldValueInvalid' } = rule;
  switch (reason) {
    case 'FieldValueForbidden':
      return { path, field, reason, message: `Forbidden: ${text}` };
    case 'FieldValueRequired':
      return { path, field, reason, message: `Required value: ${text}` };
    case 'FieldValueDuplicate':
      return { path, field, reason, message: `Duplicate value: ${shown}` };
    default:
      // The server shows plain values only, not the objects and lists that a rule refuses.
      return { path, field, reason: 'FieldValueInvalid', message: `Invalid value: ${plain ? `${shown}: ` : ''}${text}` };
  }
}
