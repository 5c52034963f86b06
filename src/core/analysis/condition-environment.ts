import { Environment } from '@marcbachmann/cel-js';

/** How many values a condition may look at: with it, the cost of a condition is bounded before it runs. */
export const MAX_VALUES = 100;

/** The two types that `result` can have: the values of all series, or the one value there is. */
export type ResultType = 'list<double>' | 'double';

/** The functions a condition may call; anything else is refused when the template is read. */
export const ALLOWED_FUNCTIONS: ReadonlySet<string> = new Set([
  'len',
  'size',
  'isNaN',
  'isInf',
  'asInt',
  'asFloat',
  'default',
  'double',
  'int',
]);

/** CEL's comprehensions, which are written as methods of a list. */
export const COMPREHENSIONS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

const LIMITS = { maxAstNodes: 200, maxDepth: 24, maxListElements: 50, maxMapEntries: 10, maxCallArguments: 4 };

function truncate(value: number): bigint {
  if (!Number.isFinite(value)) throw new RangeError('asInt of a value that is no number');
  return BigInt(Math.trunc(value));
}

function firstOr(values: readonly number[], fallback: number): number {
  const first = values[0];
  return first === undefined || Number.isNaN(first) ? fallback : first;
}

function create(type: ResultType): Environment {
  const environment = new Environment({ limits: LIMITS })
    .registerVariable('result', type)
    .registerFunction('len(list<dyn>): int', (values: readonly unknown[]) => BigInt(values.length))
    .registerFunction('isNaN(double): bool', (value: number) => Number.isNaN(value))
    .registerFunction('isInf(double): bool', (value: number) => value === Infinity || value === -Infinity)
    .registerFunction('asInt(double): int', truncate)
    .registerFunction('asInt(int): int', (value: bigint) => value)
    .registerFunction('asFloat(double): double', (value: number) => value)
    .registerFunction('asFloat(int): double', Number)
    .registerFunction('default(double, double): double', (value: number, fallback: number) => firstOr([value], fallback))
    .registerFunction('default(double, int): double', (value: number, fallback: bigint) => firstOr([value], Number(fallback)))
    .registerFunction('default(list<double>, double): double', firstOr)
    .registerFunction('default(list<double>, int): double', (values: readonly number[], fallback: bigint) =>
      firstOr(values, Number(fallback)),
    );
  // CEL orders ints and doubles among each other but has no equality of the two; expr has.
  return environment.registerOperator('double == int', (left: number, right: bigint) => left === Number(right));
}

/** The checked environments, by the type that `result` has in them. */
export const ENVIRONMENTS: Readonly<Record<ResultType, Environment>> = { 'list<double>': create('list<double>'), double: create('double') };
