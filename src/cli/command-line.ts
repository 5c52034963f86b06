import type { Command, Option } from 'commander';

/** Values of options by the names of commander: `namespace` for `-n` and `--namespace`. */
export type Values = ReadonlyMap<string, string>;

/** What the words so far say. */
export interface Line {
  /** Those that belong to no option. */
  readonly words: readonly string[];
  readonly command: Command | undefined;
  readonly values: Values;
  /** The option whose value comes next. */
  readonly open: Option | undefined;
}

/** Reads words as commander would, of which the last may still be missing. */
export function readLine(root: Command, given: readonly string[]): Line {
  const words: string[] = [];
  const values = new Map<string, string>();
  let command: Command | undefined;
  let open: Option | undefined;
  for (const word of given) {
    const [flag = '', inline] = word.split('=', 2);
    const option = optionNamed(root, command, flag);
    if (open !== undefined) values.set(open.attributeName(), word);
    else if (!word.startsWith('-')) words.push(word);
    else if (option !== undefined) values.set(option.attributeName(), inline ?? '');
    open = open === undefined && option?.required === true && inline === undefined ? option : undefined;
    command ??= root.commands.find((child) => child.name() === words[0]);
  }
  return { words, command, values, open };
}

/** The options that may stand behind a command: the program's and its own. */
export function optionsOf(root: Command, command: Command | undefined): readonly Option[] {
  return [...root.options, ...(command?.options ?? [])];
}

/** The option of this flag, long or short. */
export function optionNamed(root: Command, command: Command | undefined, flag: string): Option | undefined {
  return optionsOf(root, command).find((option) => option.short === flag || option.long === flag);
}
