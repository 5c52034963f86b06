import type { Environment } from '@marcbachmann/cel-js';

type Comparable = bigint | number | string;

function isComparable(value: unknown): value is Comparable {
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string';
}

function addUp(values: readonly unknown[]): unknown {
  if (values.length === 0) return 0n;
  if (values.every((value) => typeof value === 'bigint')) return values.reduce((sum, value) => sum + value, 0n);
  return values.reduce<number>((sum, value) => sum + Number(value), 0);
}

function extreme(values: readonly unknown[], better: (a: Comparable, b: Comparable) => boolean): unknown {
  const [first, ...rest] = values.filter(isComparable);
  if (first === undefined) throw new Error('min and max need a list that is not empty');
  return rest.reduce<Comparable>((best, value) => (better(value, best) ? value : best), first);
}

function isSorted(values: readonly unknown[]): boolean {
  const list = values.filter(isComparable);
  return list.every((value, index) => index === 0 || (list[index - 1] ?? value) <= value);
}

const DURATION = /^[-+]?(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/u;
const QUANTITY = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/u;

/** Adds the functions that Kubernetes adds to CEL, as far as they can be had: lists, strings, regular expressions, formats. */
export function registerKubernetesFunctions(environment: Environment): Environment {
  return environment
    .registerFunction('list.sum(): dyn', (values: readonly unknown[]) => addUp(values))
    .registerFunction('list.min(): dyn', (values: readonly unknown[]) => extreme(values, (a, b) => a < b))
    .registerFunction('list.max(): dyn', (values: readonly unknown[]) => extreme(values, (a, b) => a > b))
    .registerFunction('list.isSorted(): bool', (values: readonly unknown[]) => isSorted(values))
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) => text.replaceAll(from, to))
    .registerFunction('string.find(string): string', (text: string, pattern: string) => new RegExp(pattern, 'u').exec(text)?.[0] ?? '')
    .registerFunction(
      'string.findAll(string): list<string>',
      (text: string, pattern: string) => text.match(new RegExp(pattern, 'gu')) ?? [],
    )
    .registerFunction('isQuantity(string): bool', (text: string) => QUANTITY.test(text))
    .registerFunction('isDuration(string): bool', (text: string) => DURATION.test(text))
    .registerFunction('isURL(string): bool', (text: string) => URL.canParse(text));
}
