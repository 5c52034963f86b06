import type { Command, Option } from 'commander';

/** Values of options, each as often as it is given, by the names of commander: `namespace` for `-n` and `--namespace`. */
export type Values = ReadonlyMap<string, readonly string[]>;

/** What the words so far say. */
export interface Line {
  /** Those that belong to no option. */
  readonly words: readonly string[];
  readonly command: Command | undefined;
  readonly values: Values;
  /** The option whose value comes next, or one more of its values may. */
  readonly open: Option | undefined;
}

/** Reads words as commander would, of which the last may still be missing. */
export function readLine(root: Command, given: readonly string[]): Line {
  const words: string[] = [];
  const values = new Map<string, readonly string[]>();
  const add = (option: Option, value: string): void =>
    void values.set(option.attributeName(), [...(values.get(option.attributeName()) ?? []), value]);
  let command: Command | undefined;
  let open: Option | undefined;
  for (const word of given) {
    // Bash takes `=` for a word of its own.
    if (open !== undefined && word === '=') continue;
    if (open !== undefined && isValueOf(open, word)) {
      add(open, word);
      if (!open.variadic) open = undefined;
      continue;
    }
    open = undefined;
    if (!word.startsWith('-')) {
      words.push(word);
      command ??= root.commands.find((child) => child.name() === words[0]);
      continue;
    }
    const [flag, inline] = splitFlag(word);
    const option = optionNamed(root, command, flag);
    if (option?.required === true && inline === undefined) open = option;
    else if (option !== undefined) add(option, inline ?? '');
  }
  return { words, command, values, open };
}

/** The values of an option that takes several end with the next flag. */
function isValueOf(option: Option, word: string): boolean {
  return !(option.variadic && word.startsWith('-') && word !== '-');
}

/** `--flag=value` in its two parts; a value may hold `=` itself. */
export function splitFlag(word: string): readonly [flag: string, value: string | undefined] {
  const at = word.indexOf('=');
  return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

/** The options that may stand behind a command: the program's and its own. */
export function optionsOf(root: Command, command: Command | undefined): readonly Option[] {
  return [...root.options, ...(command?.options ?? [])];
}

/** The option of this flag, long or short. */
export function optionNamed(root: Command, command: Command | undefined, flag: string): Option | undefined {
  return optionsOf(root, command).find((option) => option.short === flag || option.long === flag);
}
