import type { JsonValue } from '../../api/json-value.ts';
import { type Cursor, PathProblem, readQuoted, skipSpaces, take } from './json-path-cursor.ts';
import { type Filter, readFilter } from './json-path-filter.ts';

/** One step of a path: from some values to those below them. */
type Segment =
  | { readonly type: 'names'; readonly names: readonly string[] }
  | { readonly type: 'indexes'; readonly indexes: readonly number[] }
  | { readonly type: 'slice'; readonly from: number | undefined; readonly to: number | undefined; readonly step: number }
  | { readonly type: 'all' }
  | { readonly type: 'descend' }
  | { readonly type: 'filter'; readonly filter: Filter };

/** A path that was read. */
export interface JsonPath {
  readonly ok: true;
  /** The values that it leads to, in order; undefined when there are too many to look at. */
  find(value: JsonValue): readonly JsonValue[] | undefined;
}

export type ReadJsonPath = JsonPath | { readonly ok: false; readonly problem: string; readonly remedy: string };

const MOST_SEGMENTS = 32;
/** Values looked at on the way, so that `..` of a large answer ends. */
const MOST_VISITS = 100_000;
const NAME = /[^\s.[\]{}()'"@?*,:]+/y;
const NUMBER = /-?[0-9]{1,9}/y;

function readSegments(cursor: Cursor): readonly Segment[] {
  const segments: Segment[] = [];
  if (!take(cursor, '$')) take(cursor, '@');
  while (cursor.at < cursor.source.length) {
    if (segments.length >= MOST_SEGMENTS) throw new PathProblem(`it has over ${MOST_SEGMENTS} steps`);
    if (take(cursor, '..')) {
      segments.push({ type: 'descend' });
      if (cursor.source[cursor.at] !== '[') segments.push(readDotted(cursor));
    } else if (take(cursor, '.')) {
      // Kubernetes writes `{.}` for all of it.
      if (cursor.at < cursor.source.length && cursor.source[cursor.at] !== '[') segments.push(readDotted(cursor));
    } else if (take(cursor, '[')) segments.push(readBracket(cursor));
    else if (segments.length === 0 && cursor.at === 0) segments.push(readDotted(cursor));
    else throw new PathProblem(`${cursor.source[cursor.at]} has no meaning here`);
  }
  return segments;
}

function readDotted(cursor: Cursor): Segment {
  if (take(cursor, '*')) return { type: 'all' };
  NAME.lastIndex = cursor.at;
  const name = NAME.exec(cursor.source)?.[0];
  if (name === undefined) throw new PathProblem('a name is missing behind the dot');
  cursor.at += name.length;
  return { type: 'names', names: [name] };
}

function readBracket(cursor: Cursor): Segment {
  skipSpaces(cursor);
  if (take(cursor, '*')) return closed(cursor, { type: 'all' });
  if (take(cursor, '?')) return closed(cursor, { type: 'filter', filter: readFilter(cursor) });
  if (cursor.source[cursor.at] === '"' || cursor.source[cursor.at] === "'") {
    const names = [readQuoted(cursor)];
    while (another(cursor)) names.push(readQuoted(cursor));
    return closed(cursor, { type: 'names', names });
  }
  const first = readNumber(cursor);
  if (take(cursor, ':')) return closed(cursor, readSlice(cursor, first));
  if (first === undefined) throw new PathProblem('write a number, a quoted name, * or ?(...) inside [ ]');
  const indexes = [first];
  while (another(cursor)) {
    const next = readNumber(cursor);
    if (next === undefined) throw new PathProblem('a number is missing behind the comma');
    indexes.push(next);
  }
  return closed(cursor, { type: 'indexes', indexes });
}

function another(cursor: Cursor): boolean {
  skipSpaces(cursor);
  const found = take(cursor, ',');
  skipSpaces(cursor);
  return found;
}

function readSlice(cursor: Cursor, from: number | undefined): Segment {
  const to = readNumber(cursor);
  const step = take(cursor, ':') ? (readNumber(cursor) ?? 1) : 1;
  if (step < 1) throw new PathProblem('a slice needs a step of 1 or more');
  return { type: 'slice', from, to, step };
}

function closed(cursor: Cursor, segment: Segment): Segment {
  skipSpaces(cursor);
  if (!take(cursor, ']')) throw new PathProblem('[ is never closed');
  return segment;
}

function readNumber(cursor: Cursor): number | undefined {
  skipSpaces(cursor);
  NUMBER.lastIndex = cursor.at;
  const text = NUMBER.exec(cursor.source)?.[0];
  if (text === undefined) return undefined;
  cursor.at += text.length;
  return Number(text);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function membersOf(value: JsonValue): readonly JsonValue[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

/** A member of an object by its own name: what every object inherits is none. */
function memberOf(value: JsonValue, name: string): readonly JsonValue[] {
  if (typeof value !== 'object' || value === null || isList(value) || !Object.hasOwn(value, name)) return [];
  const member = value[name];
  return member === undefined ? [] : [member];
}

function itemOf(value: JsonValue, index: number): readonly JsonValue[] {
  const item = isList(value) ? value.at(index) : undefined;
  return item === undefined ? [] : [item];
}

function descendants(value: JsonValue): readonly JsonValue[] {
  const found: JsonValue[] = [];
  const waiting: JsonValue[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    found.push(next);
    if (found.length > MOST_VISITS) break;
    waiting.push(...membersOf(next).toReversed());
  }
  return found;
}

function below(segment: Segment, value: JsonValue): readonly JsonValue[] {
  switch (segment.type) {
    case 'names':
      return segment.names.flatMap((name) => memberOf(value, name));
    case 'indexes':
      return segment.indexes.flatMap((index) => itemOf(value, index));
    case 'slice':
      return isList(value) ? value.slice(segment.from, segment.to).filter((_, index) => index % segment.step === 0) : [];
    case 'all':
      return membersOf(value);
    case 'descend':
      return descendants(value);
    case 'filter':
      return membersOf(value).filter((member) => segment.filter(member));
  }
}

function findIn(segments: readonly Segment[], value: JsonValue): readonly JsonValue[] | undefined {
  let current: readonly JsonValue[] = [value];
  let visits = 0;
  for (const segment of segments) {
    const next: JsonValue[] = [];
    for (const one of current) {
      const found = below(segment, one);
      visits += found.length + 1;
      if (visits > MOST_VISITS) return undefined;
      next.push(...found);
    }
    current = next;
  }
  return current;
}

/**
 * Reads a path in the way of Kubernetes and Argo Rollouts: `{$.data.ok}`, `{.items[0].value}`, `{$.checks[?(@.name=="smoke")].passed}`. Evaluated by hand
 * on own members only: no script, no regular expression, no prototype, and an end to every walk.
 */
export function readJsonPath(source: string): ReadJsonPath {
  const text = source.trim();
  const bare = text.startsWith('{') && text.endsWith('}') ? text.slice(1, -1).trim() : text;
  try {
    const segments = readSegments({ source: bare, at: 0 });
    return { ok: true, find: (value) => findIn(segments, value) };
  } catch (error) {
    if (!(error instanceof PathProblem)) throw error;
    return {
      ok: false,
      problem: `the JSON path cannot be read: ${error.message}`,
      remedy: 'write it as in {$.data.ok} or {$.items[0].value}',
    };
  }
}
