import { type Command, CommanderError } from 'commander';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { explainError } from './explain-error.ts';
import { buildProgram } from './program.ts';
import { clean } from './render/escape.ts';

/** Called by the completion scripts with the words so far; its words are anything, so it is no command. */
const COMPLETE = '__complete';

/** Runs the plugin with the words after its name; resolves to the exit code and never throws. */
export async function runCli(words: readonly string[], context: CliContext): Promise<ExitCode> {
  const program = buildProgram(context);
  return words[0] === COMPLETE ? runComplete(program, words.slice(1), context) : runProgram(program, words, context);
}

/** Candidates for the last word, one a line, then `:4` (no file names): what our scripts read, and kubectl of a plugin's completion. */
async function runComplete(program: Command, words: readonly string[], context: CliContext): Promise<ExitCode> {
  const { completeWords } = await import('./actions/complete.ts');
  context.out([...(await completeWords(context, program, words)), ':4', ''].join('\n'));
  return EXIT.ok;
}

/** Runs a program whose root went through `applyConventions`: one line on standard error and the exit code of design 8. */
export async function runProgram(
  program: Command,
  words: readonly string[],
  context: Pick<CliContext, 'err'> & Partial<Pick<CliContext, 'signal'>>,
): Promise<ExitCode> {
  try {
    const asked = words.length === 0 ? ['--help'] : normalize(words);
    await program.parseAsync(asked, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return explainUsage(error, helpOf(program, words), context);
    const { exitCode, line } = explainError(error);
    // Whoever interrupts knows why it ended.
    if (context.signal?.aborted === true) return exitCode;
    if (line !== '') context.err(`error: ${line}\n`);
    return exitCode;
  }
}

/** Flags that kubectl's plugins write with a truth value. */
const TRUTHS: Readonly<Record<string, string>> = { '--watch=true': '--watch', '--watch=false': '--no-watch' };

/** kubectl's spellings that commander does not know: `-o=json`, `--watch=false`, and `--dry-run` without a mode. */
function normalize(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    const short = /^-([a-zA-Z])=(.*)$/su.exec(word);
    if (short !== null) return [`-${short[1] ?? ''}`, short[2] ?? ''];
    return word === '--dry-run' ? ['--dry-run=server'] : [TRUTHS[word] ?? word];
  });
}

/** The help that tells how the words should have been: that of the first word that is a command. */
function helpOf(program: Command, words: readonly string[]): string {
  const command = program.commands.find((child) => words.includes(child.name()));
  return [program.name(), ...(command === undefined ? [] : [command.name()]), '--help'].join(' ');
}

function explainUsage(error: CommanderError, help: string, context: Pick<CliContext, 'err'>): ExitCode {
  if (error.exitCode === 0) return EXIT.ok;
  const [problem = '', ...hints] = error.message.replace(/^error: /u, '').split('\n');
  const hint = hints.map((line) => line.replace(/^\((.*)\)$/u, '$1').replace(/^Did/u, 'did')).find((line) => line !== '');
  context.err(`error: ${clean(problem)}; ${clean(hint ?? `see ${help}`)}\n`);
  return EXIT.usage;
}
