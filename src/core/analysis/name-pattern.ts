/** A pattern over metric names that was read. */
export interface NamePattern {
  readonly ok: true;
  /** Whether any part of `name` matches, as Argo Rollouts matches: `^` and `$` tie it to the ends. */
  test(name: string): boolean;
}

export type ReadNamePattern = NamePattern | { readonly ok: false; readonly problem: string; readonly remedy: string };

type Step =
  | { readonly type: 'character'; readonly accepts: (character: string) => boolean; readonly next: number }
  | { readonly type: 'either'; readonly next: number; readonly other: number }
  | { readonly type: 'start' | 'end'; readonly next: number }
  | { readonly type: 'found' };

const LONGEST = 253;
const REMEDY = 'write the name itself, or a pattern of letters, . .* .+ ? | ( ) [a-z] ^ $ such as latency-.*';

class UnreadablePattern extends Error {}

/** Part of a pattern: builds its steps so that they lead to the step with the given number, and says which is the first. */
type Part = (steps: Step[], next: number) => number;

function add(steps: Step[], step: Step): number {
  steps.push(step);
  return steps.length - 1;
}

/** Where the reader stands. */
interface Cursor {
  readonly source: string;
  at: number;
}

function peek(cursor: Cursor): string {
  return cursor.source[cursor.at] ?? '';
}

function readAlternatives(cursor: Cursor): Part {
  const options: Part[] = [readSequence(cursor)];
  while (peek(cursor) === '|') {
    cursor.at += 1;
    options.push(readSequence(cursor));
  }
  return options.reduceRight((rest, option) => (steps, next) => {
    const other = rest(steps, next);
    return add(steps, { type: 'either', next: option(steps, next), other });
  });
}

function readSequence(cursor: Cursor): Part {
  const parts: Part[] = [];
  while (!['', '|', ')'].includes(peek(cursor))) parts.push(readRepetition(cursor, readSingle(cursor)));
  return (steps, next) => parts.reduceRight((after, part) => part(steps, after), next);
}

function readRepetition(cursor: Cursor, part: Part): Part {
  const sign = peek(cursor);
  if (!['*', '+', '?'].includes(sign)) return part;
  cursor.at += 1;
  if (['*', '+', '?', '{'].includes(peek(cursor))) throw new UnreadablePattern(`${sign}${peek(cursor)} repeats a repetition`);
  return (steps, next) => {
    if (sign === '?') return add(steps, { type: 'either', next: part(steps, next), other: next });
    const loop = add(steps, { type: 'either', next, other: next });
    const body = part(steps, loop);
    steps[loop] = { type: 'either', next: body, other: next };
    return sign === '*' ? loop : body;
  };
}

function readSingle(cursor: Cursor): Part {
  const character = peek(cursor);
  cursor.at += 1;
  switch (character) {
    case '(':
      return readGroup(cursor);
    case '[':
      return accepting(readClass(cursor));
    case '.':
      return accepting(() => true);
    case '^':
      return (steps, next) => add(steps, { type: 'start', next });
    case '$':
      return (steps, next) => add(steps, { type: 'end', next });
    case '\\':
      return accepting(readEscape(cursor));
    case '*':
    case '+':
    case '?':
      throw new UnreadablePattern(`nothing stands before ${character}`);
    case '{':
    case '}':
    case ']':
      throw new UnreadablePattern(`${character} has no meaning here`);
    default:
      return accepting((one) => one === character);
  }
}

function readGroup(cursor: Cursor): Part {
  if (peek(cursor) === '?') throw new UnreadablePattern('(? begins a construct that is not taken');
  const inside = readAlternatives(cursor);
  if (peek(cursor) !== ')') throw new UnreadablePattern('( is never closed');
  cursor.at += 1;
  return inside;
}

function readEscape(cursor: Cursor): (character: string) => boolean {
  const character = peek(cursor);
  cursor.at += 1;
  if (character === 'd') return (one) => /^[0-9]$/.test(one);
  if (character === 'w') return (one) => /^[A-Za-z0-9_]$/.test(one);
  if (/^[A-Za-z0-9]?$/.test(character)) throw new UnreadablePattern(`\\${character} is not taken`);
  return (one) => one === character;
}

function readClass(cursor: Cursor): (character: string) => boolean {
  const negated = peek(cursor) === '^';
  if (negated) cursor.at += 1;
  const ranges: [string, string][] = [];
  while (peek(cursor) !== ']') {
    const first = peek(cursor);
    if (first === '') throw new UnreadablePattern('[ is never closed');
    if (first === '[' || first === '\\') throw new UnreadablePattern(`${first} inside [ ] is not taken`);
    cursor.at += 1;
    const last = cursor.source[cursor.at + 1];
    const isRange = peek(cursor) === '-' && last !== ']' && last !== undefined;
    if (isRange) cursor.at += 2;
    ranges.push([first, isRange ? last : first]);
  }
  cursor.at += 1;
  return (one) => ranges.some(([first, last]) => one >= first && one <= last) !== negated;
}

function accepting(accepts: (character: string) => boolean): Part {
  return (steps, next) => add(steps, { type: 'character', accepts, next });
}

/** All steps that can be reached without reading a character. */
function reach(steps: readonly Step[], from: number, at: number, length: number, found: Set<number>): void {
  const waiting = [from];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    const step = steps[index];
    if (step === undefined || found.has(index)) continue;
    found.add(index);
    if (step.type === 'either') waiting.push(step.next, step.other);
    else if ((step.type === 'start' && at === 0) || (step.type === 'end' && at === length)) waiting.push(step.next);
  }
}

/** Follows all readings at once: at most one pass over the steps a character, whatever the pattern (Thompson 1968). */
function matches(steps: readonly Step[], start: number, name: string): boolean {
  const characters = Array.from(name);
  let current = new Set<number>();
  for (let at = 0; at <= characters.length; at += 1) {
    reach(steps, start, at, characters.length, current);
    const next = new Set<number>();
    for (const index of current) {
      const step = steps[index];
      if (step?.type === 'found') return true;
      const character = characters[at];
      if (step?.type === 'character' && character !== undefined && step.accepts(character))
        reach(steps, step.next, at + 1, characters.length, next);
    }
    current = next;
  }
  return false;
}

/**
 * Reads Argo Rollouts' patterns over metric names: the part of RE2 that people write there, matched by hand in linear time, so that no pattern of a
 * tenant ever reaches V8's backtracking engine (M13). `*` alone stands for every metric, as Argo's API documents it.
 */
export function readNamePattern(source: string): ReadNamePattern {
  if (source.length > LONGEST) return { ok: false, problem: `the pattern is longer than ${LONGEST} characters`, remedy: REMEDY };
  try {
    const cursor: Cursor = { source: source === '*' ? '.*' : source, at: 0 };
    const whole = readAlternatives(cursor);
    if (peek(cursor) !== '') throw new UnreadablePattern(`${peek(cursor)} closes nothing`);
    const steps: Step[] = [{ type: 'found' }];
    const start = whole(steps, 0);
    return { ok: true, test: (name) => matches(steps, start, name) };
  } catch (error) {
    if (!(error instanceof UnreadablePattern)) throw error;
    return { ok: false, problem: `the pattern cannot be read: ${error.message}`, remedy: REMEDY };
  }
}
