import { type Millis, millis } from '../../../api/time.ts';
import type { Aggregator, BinaryOperator, Expression, LabelMatcher } from './expression.ts';
import { PromqlError, unsupported } from './promql-error.ts';
import { type Token, tokenize } from './tokens.ts';

const MAX_DEPTH = 50;

/** Binary operators from the loosest to the tightest; all of them group to the left. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ['or'],
  ['and', 'unless'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
];

const AGGREGATORS: readonly Aggregator[] = ['sum', 'avg', 'max', 'min', 'count'];
const OTHER_AGGREGATORS = /^(group|stddev|stdvar|topk|bottomk|count_values|quantile|limitk|limit_ratio)$/;
const FUNCTIONS: Readonly<Record<string, number>> = {
  rate: 1,
  increase: 1,
  vector: 1,
  histogram_quantile: 2,
  sum_over_time: 1,
  avg_over_time: 1,
  min_over_time: 1,
  max_over_time: 1,
  count_over_time: 1,
};
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8, y: 3.1536e10 };

/** Walks over the tokens of one query. */
class Cursor {
  readonly #tokens: readonly Token[];
  #index = 0;
  depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get token(): Token {
    return this.#tokens[Math.min(this.#index, this.#tokens.length - 1)] ?? { kind: 'end', text: '', position: 0 };
  }

  next(): Token {
    const token = this.token;
    this.#index += 1;
    return token;
  }

  is(kind: Token['kind'], ...texts: readonly string[]): boolean {
    return this.token.kind === kind && (texts.length === 0 || texts.includes(this.token.text));
  }

  take(kind: Token['kind'], text: string): boolean {
    if (!this.is(kind, text)) return false;
    this.#index += 1;
    return true;
  }

  fail(expected: string): PromqlError {
    const found = this.token.kind === 'end' ? 'end of input' : JSON.stringify(this.token.text);
    return new PromqlError(`parse error at character ${this.token.position + 1}: unexpected ${found}, expected ${expected}`);
  }

  expect(text: string): void {
    if (!this.take('symbol', text)) throw this.fail(`"${text}"`);
  }
}

function durationOf(text: string): Millis {
  let total = 0;
  for (const part of text.matchAll(/([0-9]+)(ms|[smhdwy])/g)) total += Number(part[1]) * (UNIT_MS[part[2] ?? ''] ?? 0);
  if (total <= 0) throw new PromqlError('duration must be greater than 0');
  return millis(total);
}

function parseBinary(cursor: Cursor, level: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return parseUnary(cursor);
  let left = parseBinary(cursor, level + 1);
  for (;;) {
    const op = operators.find((one) => cursor.token.text === one && (cursor.token.kind === 'symbol' || cursor.token.kind === 'name'));
    if (op === undefined) return left;
    cursor.next();
    if (cursor.is('name', 'bool', 'on', 'ignoring', 'group_left', 'group_right')) throw unsupported(`the modifier "${cursor.token.text}"`);
    left = { type: 'binary', op, left, right: parseBinary(cursor, level + 1) };
  }
}

function parseUnary(cursor: Cursor): Expression {
  if (++cursor.depth > MAX_DEPTH) throw new PromqlError(`the query is nested deeper than ${MAX_DEPTH}`);
  try {
    if (cursor.take('symbol', '-')) return { type: 'negate', of: parseUnary(cursor) };
    if (cursor.take('symbol', '+')) return parseUnary(cursor);
    return parsePostfix(cursor, parsePrimary(cursor));
  } finally {
    cursor.depth -= 1;
  }
}

function parsePostfix(cursor: Cursor, base: Expression): Expression {
  let expression = base;
  if (cursor.take('symbol', '[')) {
    if (expression.type !== 'selector') throw unsupported('a subquery');
    if (!cursor.is('duration')) throw cursor.fail('a duration such as 1m');
    const range = durationOf(cursor.next().text);
    if (cursor.token.text.startsWith(':')) throw unsupported('a subquery');
    cursor.expect(']');
    expression = { ...expression, range };
  }
  if (cursor.is('symbol', '^')) throw unsupported('the operator "^"');
  if (cursor.is('symbol', '@')) throw unsupported('the modifier "@"');
  if (cursor.is('name', 'offset')) throw unsupported('the modifier "offset"');
  return expression;
}

function parseNumber(cursor: Cursor): Expression | undefined {
  if (cursor.is('number')) return { type: 'number', value: Number(cursor.next().text) };
  if (cursor.is('name') && /^(inf|nan)$/i.test(cursor.token.text)) {
    return { type: 'number', value: /^inf$/i.test(cursor.next().text) ? Infinity : Number.NaN };
  }
  return undefined;
}

function parsePrimary(cursor: Cursor): Expression {
  if (cursor.take('symbol', '(')) {
    const inner = parseBinary(cursor, 0);
    cursor.expect(')');
    return inner;
  }
  if (cursor.is('symbol', '{')) return parseSelector(cursor, undefined);
  const number = parseNumber(cursor);
  if (number !== undefined) return number;
  if (cursor.is('string')) throw unsupported('a text as a value');
  if (!cursor.is('name')) throw cursor.fail('a metric, a function or a number');
  const name = cursor.next().text;
  const modified = cursor.is('name', 'by', 'without');
  const aggregator = AGGREGATORS.find((one) => one === name);
  if (aggregator !== undefined && (cursor.is('symbol', '(') || modified)) return parseAggregate(cursor, aggregator);
  if (cursor.is('symbol', '(')) return parseCall(cursor, name);
  if (OTHER_AGGREGATORS.test(name) && modified) throw unsupported(`the aggregation "${name}"`);
  return parseSelector(cursor, name);
}

function parseArguments(cursor: Cursor): readonly Expression[] {
  cursor.expect('(');
  const args: Expression[] = [];
  while (!cursor.is('symbol', ')')) {
    args.push(parseBinary(cursor, 0));
    if (!cursor.take('symbol', ',')) break;
  }
  cursor.expect(')');
  return args;
}

function parseCall(cursor: Cursor, name: string): Expression {
  if (OTHER_AGGREGATORS.test(name)) throw unsupported(`the aggregation "${name}"`);
  const arity = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (arity === undefined) throw unsupported(`the function "${name}" (there are ${Object.keys(FUNCTIONS).join(', ')})`);
  const args = parseArguments(cursor);
  if (args.length !== arity) throw new PromqlError(`expected ${arity} argument(s) in call to "${name}", got ${args.length}`);
  return { type: 'call', name, args };
}

type Grouping = Extract<Expression, { type: 'aggregate' }>['grouping'];

function parseGrouping(cursor: Cursor): Grouping | undefined {
  if (!cursor.is('name', 'by', 'without')) return undefined;
  const without = cursor.next().text === 'without';
  cursor.expect('(');
  const labels: string[] = [];
  while (cursor.is('name')) {
    labels.push(cursor.next().text);
    if (!cursor.take('symbol', ',')) break;
  }
  cursor.expect(')');
  return { without, labels };
}

function parseAggregate(cursor: Cursor, op: Aggregator): Expression {
  const before = parseGrouping(cursor);
  const args = parseArguments(cursor);
  const [of] = args;
  if (of === undefined || args.length !== 1) throw new PromqlError(`expected 1 argument in call to "${op}", got ${args.length}`);
  const grouping = before ?? parseGrouping(cursor) ?? { without: false, labels: [] };
  return { type: 'aggregate', op, grouping, of };
}

function parseMatcher(cursor: Cursor): LabelMatcher {
  if (!cursor.is('name')) throw cursor.fail('a label name');
  const label = cursor.next().text;
  const op = (['=', '!=', '=~', '!~'] as const).find((one) => cursor.is('symbol', one));
  if (op === undefined) throw cursor.fail('one of = != =~ !~');
  cursor.next();
  if (!cursor.is('string')) throw cursor.fail('a quoted text');
  return { label, op, value: cursor.next().text };
}

function parseSelector(cursor: Cursor, name: string | undefined): Expression {
  const matchers: LabelMatcher[] = name === undefined ? [] : [{ label: '__name__', op: '=', value: name }];
  if (cursor.take('symbol', '{')) {
    while (!cursor.is('symbol', '}')) {
      matchers.push(parseMatcher(cursor));
      if (!cursor.take('symbol', ',')) break;
    }
    cursor.expect('}');
  }
  if (!matchers.some(({ op, value }) => (op === '=' || op === '=~') && value !== '' && value !== '.*')) {
    throw new PromqlError('vector selector must contain at least one non-empty matcher');
  }
  return { type: 'selector', matchers, range: undefined };
}

/** Parses a query of the supported subset; throws {@link PromqlError} for everything else. */
export function parsePromql(text: string): Expression {
  if (text.trim() === '') throw new PromqlError('unknown position: parse error: no expression found in input');
  const cursor = new Cursor(tokenize(text));
  const expression = parseBinary(cursor, 0);
  if (!cursor.is('end')) throw cursor.fail('an operator or the end');
  return expression;
}
