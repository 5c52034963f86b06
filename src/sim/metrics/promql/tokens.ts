import { PromqlError } from './promql-error.ts';

export type TokenKind = 'name' | 'number' | 'duration' | 'string' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly position: number;
}

const SPACE = /(?:\s+|#[^\n]*)+/y;
const DURATION = /(?:[0-9]+(?:ms|[smhdwy]))+(?![A-Za-z0-9_])/y;
const NUMBER = /(?:[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)(?![A-Za-z0-9_])/y;
const NAME = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const SYMBOL = /=~|!~|==|!=|<=|>=|[-+*/%^<>=(){}[\],:@]/y;
const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y;

const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['string', STRING],
  ['duration', DURATION],
  ['number', NUMBER],
  ['name', NAME],
  ['symbol', SYMBOL],
];

function match(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\u0007', b: '\b', f: '\f', v: '\v' };

/** The text that a string literal stands for, by Go's rules. */
function unquote(literal: string): string {
  const inner = literal.slice(1, -1);
  if (literal.startsWith('`')) return inner;
  return inner.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, escape: string) => {
    if (escape.length > 1) return String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return ESCAPES[escape] ?? escape;
  });
}

/** The tokens of a query, with an `end` after the last one. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    position += match(SPACE, text, position)?.length ?? 0;
    if (position >= text.length) break;
    const start = position;
    const found = PATTERNS.map(([kind, pattern]) => ({ kind, text: match(pattern, text, start) })).find(
      (token) => token.text !== undefined,
    );
    if (found?.text === undefined)
      throw new PromqlError(`parse error at character ${position + 1}: unexpected ${JSON.stringify(text[position])}`);
    tokens.push({ kind: found.kind, text: found.kind === 'string' ? unquote(found.text) : found.text, position });
    position += found.text.length;
  }
  tokens.push({ kind: 'end', text: '', position });
  return tokens;
}
