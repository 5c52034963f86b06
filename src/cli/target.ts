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

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/u;

/** The kind that a word names, or wrong usage with the kind that was probably meant. */
export function requireKind(word: string): KindWord {
  const kind = kindOf(word);
  if (kind !== undefined) return kind;
  // Any short word is near a short form, and none is meant by it.
  const guess = didYouMean(
    word,
    KINDS.flatMap((one) => KIND_WORDS[one].filter((spelling) => spelling.length > 2)),
  );
  throw wrongUsage(
    `unknown resource "${word}"`,
    guess === undefined ? `use rollout or analysisrun, as in rollout/${NAME.test(word) ? word : 'NAME'}` : `did you mean ${guess}?`,
  );
}

/** As in `kubectl get all`. */
const ALL = 'all';

/** Whether a word stands for every kind. */
export function isAll(word: string): boolean {
  return word.toLowerCase() === ALL;
}

/** The kinds that a word names: one, or `all` of them. */
export function requireKinds(word: string): readonly KindWord[] {
  return isAll(word) ? KINDS : [requireKind(word)];
}

/** Refuses what cannot be an object's name before it gets into a request. */
export function requireName(name: string): string {
  if (name.length <= 253 && NAME.test(name)) return name;
  throw wrongUsage(`"${name}" is not a valid name`, 'names hold lower-case letters, digits, - and .');
}

/** How a command takes the object that it works on. */
export interface TargetRule {
  /** Kinds that it works on. */
  readonly kinds: readonly KindWord[];
  /** The kind of a word that names none: `NAME` alone. Without it a single word is a kind. */
  readonly bare?: KindWord;
}

export interface Target {
  readonly kind: KindWord;
  /** Undefined when only a kind is given. */
  readonly name: string | undefined;
}

const NOUNS: Readonly<Record<KindWord, string>> = { rollout: 'a rollout', analysisrun: 'an analysis run' };

/** `KIND NAME`, `KIND/NAME`, and `NAME` or `KIND` alone: how kubectl users name one object. */
export function parseTarget(words: readonly string[], { kinds, bare }: TargetRule): Target {
  const nouns = kinds.map((kind) => NOUNS[kind]).join(' or ');
  const [first, ...others] = words;
  if (first === undefined) throw wrongUsage(`${nouns} is missing`, 'give its name');
  const slash = first.indexOf('/');
  const [name, ...more] = slash === -1 ? others : [first.slice(slash + 1), ...others];
  if (more[0] !== undefined) throw wrongUsage(`too many arguments: "${more[0]}"`, `name one object, as KIND/NAME or KIND NAME`);
  if (bare !== undefined && name === undefined) return { kind: bare, name: requireName(first) };
  const kindWord = slash === -1 ? first : first.slice(0, slash);
  const kind = requireKind(kindWord);
  if (!kinds.includes(kind))
    throw wrongUsage(`"${kindWord}" is not ${nouns}`, `this command works on ${kinds.map((one) => `${one}s`).join(', ')}`);
  return { kind, name: name === undefined ? undefined : requireName(name) };
}

/** The same, of a command that needs a name. */
export function requireTarget(words: readonly string[], rule: TargetRule): { readonly kind: KindWord; readonly name: string } {
  const { kind, name } = parseTarget(words, rule);
  if (name === undefined) throw wrongUsage('a name is missing', `give the name of one ${kind}`);
  return { kind, name };
}

/** The name of a rollout: `NAME`, `rollout/NAME` or `rollout NAME`. */
export function rolloutName(words: readonly string[]): string {
  return requireTarget(words, { kinds: ['rollout'], bare: 'rollout' }).name;
}
