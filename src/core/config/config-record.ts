import { revisionHash } from '../identity/revision-hash.ts';

/** The digest of each object that a revision takes its configuration from, by `Kind/name`; {@link ABSENT} for an optional one that does not exist. */
export type ConfigRecord = ReadonlyMap<string, string>;

/** Stands for the content of an optional object that does not exist: it may come later, and that is a change. */
export const ABSENT = 'absent';

/** The digest of an object in a record; undefined when it is not followed or does not exist. */
export function digestIn(record: ConfigRecord, key: string): string | undefined {
  const digest = record.get(key);
  return digest === ABSENT ? undefined : digest;
}

/** Nothing is followed: no reference, or none that may be followed. */
export const EMPTY_RECORD: ConfigRecord = new Map();

/** The config hash of a revision; undefined when it follows nothing. */
export function configHash(record: ConfigRecord): string | undefined {
  return record.size === 0 ? undefined : revisionHash(sorted(record));
}

function sorted(record: ConfigRecord): readonly (readonly [string, string])[] {
  return [...record].toSorted(([left], [right]) => (left < right ? -1 : 1));
}

/** The record as an annotation holds it. */
export function formatRecord(record: ConfigRecord): string {
  return JSON.stringify(Object.fromEntries(sorted(record)));
}

function isText(entry: readonly [string, unknown]): entry is readonly [string, string] {
  return typeof entry[1] === 'string';
}

/** Reads an annotation; the empty record when there is none, or when it is none of ours. */
export function parseRecord(text: string | undefined): ConfigRecord {
  if (text === undefined) return EMPTY_RECORD;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? new Map(Object.entries(value).filter(isText)) : EMPTY_RECORD;
  } catch {
    return EMPTY_RECORD;
  }
}

/** How many objects both records know; undefined when they disagree about one. What only one of them follows was switched on or off in between. */
export function agreement(left: ConfigRecord, right: ConfigRecord): number | undefined {
  let shared = 0;
  for (const [key, digest] of left) {
    const other = right.get(key);
    if (other === undefined) continue;
    if (other !== digest) return undefined;
    shared += 1;
  }
  return shared;
}
