import { Command } from 'commander';
import type { CliContext } from '../context.ts';

/** One line of a command's help: what to type and what it does. */
export type Example = readonly [command: string, purpose: string];

/** A command with the examples that its help ends in. */
export function describedCommand(name: string, summary: string, examples: readonly Example[]): Command {
  const longest = Math.max(...examples.map(([command]) => command.length));
  const lines = examples.map(([command, purpose]) => `  ${command.padEnd(longest)}  # ${purpose}`);
  return new Command(name).description(summary).addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

/** The values of an option that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** What all our programs have in common: never exits by itself, writes where the context says, suggests after a typing error. Call it once on the root. */
export function applyConventions(command: Command, context: Pick<CliContext, 'out' | 'err'>): Command {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out(text),
      // Errors reach the caller as exceptions and are printed once, as one line, by `runProgram`.
      writeErr: () => undefined,
      getOutHelpWidth: () => 100,
      getOutHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true, subcommandTerm: (child) => child.name() })
    .showSuggestionAfterError(true)
    .helpOption('-h, --help', 'show this help');
  for (const child of command.commands) applyConventions(child, context);
  return command;
}
