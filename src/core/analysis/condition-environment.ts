import { type ASTNode, Environment } from '@marcbachmann/cel-js';

/** How many values a condition may look at: with it, the cost of a condition is bounded before it runs. */
export const MAX_VALUES = 100;

/** The types that `result` can have: the values of all series, the one value there is, or what a web endpoint answered. */
export type ResultType = 'list<double>' | 'double' | 'dyn';

const NUMBER_FUNCTIONS: ReadonlySet<string> = new Set([
  'len',
  'size',
  'isNaN',
  'isInf',
  'isNil',
  'asInt',
  'asFloat',
  'default',
  'double',
  'int',
]);
const JSON_FUNCTIONS: ReadonlySet<string> = new Set([...NUMBER_FUNCTIONS, 'has']);

/** The functions a condition may call; anything else is refused when the template is read. */
export function allowedFunctions(type: ResultType): ReadonlySet<string> {
  return type === 'dyn' ? JSON_FUNCTIONS : NUMBER_FUNCTIONS;
}

/** CEL's comprehensions, which are written as methods of a list. */
export const COMPREHENSIONS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

const NUMBER_METHODS: ReadonlySet<string> = new Set(['size']);
const JSON_METHODS: ReadonlySet<string> = new Set(['size', 'contains', 'startsWith', 'endsWith']);

/** The methods that a condition may call beside the comprehensions. */
export function allowedMethods(type: ResultType): ReadonlySet<string> {
  return type === 'dyn' ? JSON_METHODS : NUMBER_METHODS;
}

const LIMITS = { maxAstNodes: 200, maxDepth: 24, maxListElements: 50, maxMapEntries: 10, maxCallArguments: 4 };

function truncate(value: number): bigint {
  if (!Number.isFinite(value)) throw new RangeError('asInt of a value that is no number');
  return BigInt(Math.trunc(value));
}

/** A number that a text writes out; NaN and the infinities are texts like any other here. */
function numberIn(text: string): number {
  const value = /^\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new RangeError('asFloat of a text that writes no number');
  return value;
}

/** As in Argo Rollouts, asInt cuts a number off but takes no decimals out of a text. */
function wholeNumberIn(text: string): bigint {
  if (!/^[+-]?[0-9]{1,18}$/.test(text)) throw new RangeError('asInt of a text that writes no whole number');
  return BigInt(text.replace('+', ''));
}

function firstOr(values: readonly number[], fallback: number): number {
  const first = values[0];
  return first === undefined || Number.isNaN(first) ? fallback : first;
}

type Arithmetic = (left: number, right: number) => number;

const ARITHMETIC: readonly (readonly [string, Arithmetic])[] = [
  ['+', (left, right) => left + right],
  ['-', (left, right) => left - right],
  ['*', (left, right) => left * right],
  ['/', (left, right) => left / right],
];

function isAmong(one: number | bigint, all: readonly (number | bigint)[]): boolean {
  return all.some((member) => Number(member) === Number(one));
}

/** CEL orders ints and doubles among each other but neither equates nor reckons with the two; expr does. */
function withMixedNumbers(environment: Environment): Environment {
  environment.registerOperator('double == int', (left: number, right: bigint) => left === Number(right));
  for (const [sign, reckon] of ARITHMETIC) {
    environment
      .registerOperator(`double ${sign} int: double`, (left: number, right: bigint) => reckon(left, Number(right)))
      .registerOperator(`int ${sign} double: double`, (left: bigint, right: number) => reckon(Number(left), right));
  }
  return environment;
}

function base(type: ResultType): Environment {
  return withMixedNumbers(
    new Environment({ limits: LIMITS })
      .registerVariable('result', type)
      .registerFunction('len(list<dyn>): int', (values: readonly unknown[]) => BigInt(values.length))
      .registerFunction('isNaN(double): bool', (value: number) => Number.isNaN(value))
      .registerFunction('isInf(double): bool', (value: number) => value === Infinity || value === -Infinity)
      .registerFunction('asInt(double): int', truncate)
      .registerFunction('asInt(int): int', (value: bigint) => value)
      .registerFunction('asFloat(double): double', (value: number) => value)
      .registerFunction('asFloat(int): double', Number),
  );
}

function numbers(type: 'list<double>' | 'double'): Environment {
  return base(type)
    .registerOperator('int in list<double>', isAmong)
    .registerOperator('double in list<int>', isAmong)
    .registerFunction('isNil(list<double>): bool', (values: readonly number[]) => values.length === 0)
    .registerFunction('isNil(double): bool', () => false)
    .registerFunction('default(double, double): double', (value: number, fallback: number) => firstOr([value], fallback))
    .registerFunction('default(double, int): double', (value: number, fallback: bigint) => firstOr([value], Number(fallback)))
    .registerFunction('default(list<double>, double): double', firstOr)
    .registerFunction('default(list<double>, int): double', (values: readonly number[], fallback: bigint) =>
      firstOr(values, Number(fallback)),
    );
}

/** What cel-js hands to a macro, as far as it is used here. */
interface Checker {
  check(node: ASTNode, context: unknown): unknown;
  getType(name: string): unknown;
}
interface Evaluator {
  run(node: ASTNode, context: unknown): unknown;
}
interface Macro {
  readonly args: readonly ASTNode[];
}

/** The value of an expression; undefined where a member on the way is missing: expr yields nil there. */
function presentValue(evaluator: Evaluator, node: ASTNode | undefined, context: unknown): unknown {
  if (node === undefined) return undefined;
  try {
    return evaluator.run(node, context);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('No such key')) return undefined;
    throw error;
  }
}

function macro(type: string, evaluate: (evaluator: Evaluator, args: readonly ASTNode[], context: unknown) => unknown) {
  return ({ args }: Macro) => ({
    args,
    typeCheck(checker: Checker, own: Macro, context: unknown): unknown {
      for (const node of own.args) checker.check(node, context);
      return checker.getType(type);
    },
    evaluate: (evaluator: Evaluator, own: Macro, context: unknown): unknown => evaluate(evaluator, own.args, context),
  });
}

function json(): Environment {
  const isNil = macro('bool', (evaluator, [node], context) => (presentValue(evaluator, node, context) ?? null) === null);
  const fallback = macro('dyn', (evaluator, [node, other], context) => {
    const value = presentValue(evaluator, node, context) ?? null;
    return value === null && other !== undefined ? evaluator.run(other, context) : value;
  });
  return base('dyn')
    .registerFunction('len(string): int', (text: string) => BigInt(Array.from(text).length))
    .registerFunction('len(map<dyn, dyn>): int', (members: object) => BigInt(Object.keys(members).length))
    .registerFunction('asInt(string): int', wholeNumberIn)
    .registerFunction('asFloat(string): double', numberIn)
    .registerFunction('isNil(ast): bool', isNil)
    .registerFunction('default(ast, ast): dyn', fallback);
}

/** The checked environments, by the type that `result` has in them. */
export const ENVIRONMENTS: Readonly<Record<ResultType, Environment>> = {
  'list<double>': numbers('list<double>'),
  double: numbers('double'),
  dyn: json(),
};
