import type { Random } from '../ports/random.ts';

/** What a person can ask for through the request annotation (design 2); abort has an annotation of its own. */
export type RequestVerb = 'pause' | 'resume' | 'promote' | 'promote-full' | 'skip-step' | 'retry' | 'restart';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 10;

/** A fresh id: two equal requests differ in it, so that the second one counts too. */
export function createRequestId(random: Random): string {
  return Array.from({ length: ID_LENGTH }, () => ALPHABET[Math.floor(random() * ALPHABET.length)] ?? 'a').join('');
}

/** `<verb>[=<argument>]:<pod-template-hash>@<id>`: the hash makes a request for a revision that is gone a refused one. */
export function formatRequest(verb: RequestVerb, argument: string | undefined, hash: string, id: string): string {
  return `${verb}${argument === undefined ? '' : `=${argument}`}:${hash}@${id}`;
}

/** `<pod-template-hash>@<id>`. */
export function formatAbort(hash: string, id: string): string {
  return `${hash}@${id}`;
}
