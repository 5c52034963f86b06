import { type Comparison, compareValues } from '../../../core/analysis/compare-values.ts';
import type { BinaryOperator } from './expression.ts';
import { PromqlError } from './promql-error.ts';
import { labelKey } from './series-store.ts';
import { type VectorSample, withoutName } from './vector.ts';

type Arithmetic = '+' | '-' | '*' | '/' | '%';
type SetOperator = 'or' | 'and' | 'unless';

export type Operand =
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'vector'; readonly samples: readonly VectorSample[] };

function compute(op: Arithmetic, left: number, right: number): number {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

function isSet(op: BinaryOperator): op is SetOperator {
  return op === 'or' || op === 'and' || op === 'unless';
}

function isArithmetic(op: BinaryOperator): op is Arithmetic {
  return op === '+' || op === '-' || op === '*' || op === '/' || op === '%';
}

function matchKey(sample: VectorSample): string {
  return labelKey(withoutName(sample.labels));
}

function combineSets(op: SetOperator, left: readonly VectorSample[], right: readonly VectorSample[]): readonly VectorSample[] {
  const known = new Set((op === 'or' ? left : right).map(matchKey));
  if (op === 'or') return [...left, ...right.filter((sample) => !known.has(matchKey(sample)))];
  return left.filter((sample) => known.has(matchKey(sample)) === (op === 'and'));
}

/** The result for one pair: a computed value without a name, or, for a comparison, the value that was kept. */
function combinePair(op: Arithmetic | Comparison, kept: VectorSample, left: number, right: number): VectorSample | undefined {
  if (isArithmetic(op)) return { labels: withoutName(kept.labels), value: compute(op, left, right) };
  return compareValues(op, left, right) ? kept : undefined;
}

function combineVectors(
  op: Arithmetic | Comparison,
  left: readonly VectorSample[],
  right: readonly VectorSample[],
): readonly VectorSample[] {
  const index = new Map<string, VectorSample>();
  for (const sample of right) {
    const key = matchKey(sample);
    if (index.has(key))
      throw new PromqlError('found duplicate series for the match group on the right hand-side of the operation', 'execution');
    index.set(key, sample);
  }
  const seen = new Set<string>();
  return left.flatMap((sample) => {
    const key = matchKey(sample);
    const other = index.get(key);
    if (other === undefined) return [];
    if (seen.has(key)) throw new PromqlError('multiple matches for labels: many-to-one matching must be explicit', 'execution');
    seen.add(key);
    return combinePair(op, sample, sample.value, other.value) ?? [];
  });
}

/** One binary operation. Vectors match on equal labels, the name left out. */
export function applyBinary(op: BinaryOperator, left: Operand, right: Operand): Operand {
  if (isSet(op)) {
    if (left.type !== 'vector' || right.type !== 'vector')
      throw new PromqlError(`set operator "${op}" not allowed in binary scalar expression`);
    return { type: 'vector', samples: combineSets(op, left.samples, right.samples) };
  }
  if (left.type === 'scalar' && right.type === 'scalar') {
    if (!isArithmetic(op)) throw new PromqlError('comparisons between scalars must use BOOL modifier');
    return { type: 'scalar', value: compute(op, left.value, right.value) };
  }
  if (left.type === 'vector' && right.type === 'vector')
    return { type: 'vector', samples: combineVectors(op, left.samples, right.samples) };
  if (left.type === 'vector' && right.type === 'scalar') {
    return { type: 'vector', samples: left.samples.flatMap((sample) => combinePair(op, sample, sample.value, right.value) ?? []) };
  }
  if (left.type === 'scalar' && right.type === 'vector') {
    return { type: 'vector', samples: right.samples.flatMap((sample) => combinePair(op, sample, left.value, sample.value) ?? []) };
  }
  throw new PromqlError(`operator "${op}" cannot be applied here`);
}
