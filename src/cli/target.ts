import { didYouMean } from '../api/did-you-mean.ts';
import { wrongUsage } from './cli-error.ts';

/** What the commands can show, under the names that kubectl takes for them. */
const KIND_WORDS = {
  rollout: ['rollout', 'rollouts', 'ro', 'rollout.sluice.dev', 'rollouts.sluice.dev'],
  analysisrun: ['analysisrun', 'analysisruns', 'ar', 'analysisrun.sluice.dev', 'analysisruns.sluice.dev'],
} as const;

export type KindWord = keyof typeof KIND_WORDS;

const KINDS: readonly KindWord[] = ['rollout', 'analysisrun'];

/** The kind that a word names, in the spellings of kubectl; undefined for none. */
export function kindOf(word: string): KindWord | undefined {
  const lower = word.toLowerCase();
  return KINDS.find((kind) => KIND_WORDS[kind].some((spelling) => spelling === lower));
}

/** The kind that a word names, or wrong usage with the kind that was probably meant. */
export function requireKind(word: string): KindWord {
  const kind = kindOf(word);
  if (kind !== undefined) return kind;
  const guess = didYouMean(word, [...KIND_WORDS.rollout, ...KIND_WORDS.analysisrun]);
  throw wrongUsage(`unknown resource "${word}"`, guess === undefined ? 'use rollout or analysisrun' : `did you mean ${guess}?`);
}

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/u;

/** Refuses what cannot be an object's name before it gets into a request. */
export function requireName(name: string): string {
  if (name.length <= 253 && NAME.test(name)) return name;
  throw wrongUsage(`"${name}" is not a valid name`, 'names hold lower-case letters, digits, - and .');
}

/** `NAME`, `rollout/NAME` or `rollout NAME`: the three ways in which kubectl users name one object. */
export function rolloutName(words: readonly string[]): string {
  const [first, second, third] = words;
  if (first === undefined) throw wrongUsage('a rollout is missing', 'give its name');
  if (third !== undefined) throw wrongUsage(`too many arguments: "${third}"`, 'name one rollout');
  if (second !== undefined) {
    requireRollout(first);
    return requireName(second);
  }
  const slash = first.indexOf('/');
  if (slash === -1) return requireName(first);
  requireRollout(first.slice(0, slash));
  return requireName(first.slice(slash + 1));
}

/** `KIND NAME` or `KIND/NAME`, of a kind that the command works on. */
export function objectOf(words: readonly string[], allowed: readonly KindWord[]): { readonly kind: KindWord; readonly name: string } {
  const [first = '', second, third] = words;
  const slash = first.indexOf('/');
  const [kindWord, name, extra] = slash === -1 ? [first, second, third] : [first.slice(0, slash), first.slice(slash + 1), second];
  const kind = requireKind(kindWord);
  if (!allowed.includes(kind))
    throw wrongUsage(`"${kindWord}" is none of ${allowed.join(', ')}`, `this command works on ${allowed.join(', ')}`);
  if (name === undefined) throw wrongUsage('a name is missing', `give the name of one ${kind}`);
  if (extra !== undefined) throw wrongUsage(`too many arguments: "${extra}"`, `name one ${kind}`);
  return { kind, name: requireName(name) };
}

function requireRollout(word: string): void {
  if (requireKind(word) !== 'rollout') throw wrongUsage(`"${word}" is not a rollout`, 'this command works on rollouts');
}
