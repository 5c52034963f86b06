import { createHash } from 'node:crypto';

/** The letters that Kubernetes uses for generated names: no vowels, so no words. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters derived from `seed`, in the alphabet of generated names. */
export function derivedSuffix(seed: string): string {
  return [...createHash('sha256').update(seed).digest().subarray(0, 5)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}
