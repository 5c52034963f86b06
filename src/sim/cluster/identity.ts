import { createHash } from 'node:crypto';

/** Gives out uids and name suffixes: a counter and a hash, so that a run repeats itself. */
export interface Identity {
  uid(): string;
  suffix(): string;
}

const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** `seed` keeps the uids of two clusters apart. */
export function createIdentity(seed: string): Identity {
  let count = 0;
  const next = (what: string): Buffer => {
    count += 1;
    return createHash('sha256').update(`${seed} ${what} ${count}`).digest();
  };
  return {
    uid() {
      const hex = next('uid').toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    },
    suffix: () => [...next('suffix').subarray(0, 5)].map((byte) => SUFFIX_LETTERS[byte % SUFFIX_LETTERS.length]).join(''),
  };
}
