import { type Command, CommanderError, type Option } from 'commander';
import { optionsOf, readLine } from './command-line.ts';
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

/** As cobra says it to a shell: names of files may stand there, or not. */
const FILES = ':0';
const NO_FILES = ':4';

/** Candidates for the last word, one a line, then whether files may stand there: what our scripts read, and kubectl of a plugin's completion. */
async function runComplete(program: Command, words: readonly string[], context: CliContext): Promise<ExitCode> {
  const { completeWords } = await import('./actions/complete.ts');
  const { candidates, files } = await completeWords(context, program, words);
  context.out([...candidates, files ? FILES : NO_FILES, ''].join('\n'));
  return EXIT.ok;
}

/** Runs a program whose root went through `applyConventions`: one line on standard error and the exit code of design 8. */
export async function runProgram(
  program: Command,
  words: readonly string[],
  context: Pick<CliContext, 'err'> & Partial<Pick<CliContext, 'signal'>>,
): Promise<ExitCode> {
  try {
    const asked = words.length === 0 ? ['--help'] : helpAsFlag(program, normalize(program, words));
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

/** `help COMMAND` as `COMMAND --help`; a command that there is not is left alone, so that its error says so. */
function helpAsFlag(program: Command, words: readonly string[]): readonly string[] {
  const [help, name] = readLine(program, words).words;
  if (help !== 'help' || name === undefined) return words;
  const isKnown = name === 'help' || program.commands.some((command) => command.name() === name);
  return isKnown ? [...(name === 'help' ? [] : [name]), '--help'] : [name];
}

/** kubectl's spellings that commander does not know: `-o=json`, `--watch=false`, `-A=true`, and `--dry-run` without a mode or with one beside it. */
function normalize(program: Command, words: readonly string[]): string[] {
  const options = optionsOf(program, readLine(program, words).command);
  return words.flatMap((word, index) => {
    const next = words[index + 1] ?? '';
    if (word === '--dry-run') return DRY_RUNS.has(next) ? [] : ['--dry-run=server'];
    if (DRY_RUNS.has(word) && words[index - 1] === '--dry-run') return [`--dry-run=${word}`];
    const [, flag, value = ''] = /^(-[a-zA-Z]|--[a-z-]+)=(.*)$/su.exec(word) ?? [];
    if (flag === undefined) return [word];
    const isTruth = value === 'true' || value === 'false';
    const switched = isTruth ? asSwitch(options, flag, value === 'true') : undefined;
    return switched ?? (flag.startsWith('--') ? [word] : [flag, value]);
  });
}

const DRY_RUNS: ReadonlySet<string> = new Set(['none', 'client', 'server']);

/** The words for a switch that is told its value; undefined for an option of another sort. */
function asSwitch(options: readonly Option[], flag: string, on: boolean): readonly string[] | undefined {
  const switchOn = options.find((option) => option.isBoolean() && (option.short === flag || option.long === flag));
  const name = switchOn?.long ?? flag;
  const switchOff = options.find((option) => option.long === name.replace(/^--/u, '--no-'));
  if (switchOn === undefined && switchOff === undefined) return undefined;
  const wanted = on ? switchOn : switchOff;
  return wanted?.long === undefined || wanted.long === null ? [] : [wanted.long];
}

/** The help that tells how the words should have been. */
function helpOf(program: Command, words: readonly string[]): string {
  const { command } = readLine(program, words);
  return [program.name(), ...(command === undefined ? [] : [command.name()]), '--help'].join(' ');
}

function explainUsage(error: CommanderError, help: string, context: Pick<CliContext, 'err'>): ExitCode {
  if (error.exitCode === 0) return EXIT.ok;
  const [problem = '', ...hints] = error.message.replace(/^error: /u, '').split('\n');
  const hint = hints.map((line) => line.replace(/^\((.*)\)$/u, '$1').replace(/^Did/u, 'did')).find((line) => line !== '');
  context.err(`error: ${clean(problem)}; ${clean(hint ?? `see ${help}`)}\n`);
  return EXIT.usage;
}
