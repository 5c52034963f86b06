import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { memoByObject } from './memo-by-object.ts';

/** Kubernetes' safe alphabet: no vowels and no look-alikes, so that no word and no misreading appears in a name. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const LENGTH = 10;

/** The first ten bytes of SHA-256 over the canonical JSON, each as one safe character: a valid label value and part of a name. */
export function revisionHash(value: unknown): string {
  const digest = createHash('sha256').update(canonicalJson(value)).digest();
  let hash = '';
  for (let index = 0; index < LENGTH; index += 1) hash += ALPHABET[(digest[index] ?? 0) % ALPHABET.length] ?? '';
  return hash;
}

/** {@link revisionHash} of an object that is never changed (a cached template): computed once for each object. */
export const cachedRevisionHash: (value: object) => string = memoByObject(revisionHash);
