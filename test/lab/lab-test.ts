import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Command } from 'commander';
import { buildMissing } from './build/build-missing.ts';
import { isBuilt } from './build/lab-cache.ts';
import { BINARY_PARTS } from './build/parts.ts';
import { ANYWHERE, canRun, fileOf, KNOWN_TESTS, programsBeyondCore, testsNamed, testsOf } from './run/choose-tests.ts';
import { execInLab } from './run/exec-in-lab.ts';
import { inALab, type LabWork } from './run/in-a-lab.ts';
import { withNeeds } from './run/run-parts.ts';
import { wholeNumber } from './run/whole-number.ts';

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

/** Longer than any test or suite takes on a slow machine; one that hangs ends then, and the rest still runs. */
const TEST_LIMIT_MS = 20 * 60_000;

/** One file after the other: some of them kill the API server. A file ends with its tests: what a failed one left open holds up no other. */
function nodeTest(names: readonly string[]): readonly string[] {
  const ends = ['--test-force-exit', `--test-timeout=${TEST_LIMIT_MS}`];
  return [process.execPath, '--test', '--test-concurrency=1', ...ends, '--test-reporter=spec', ...names.map(fileOf)];
}

/** Runs the tests so many times in one lab; answers the exit code of a run that failed. Flakes show only so. */
function repeated(names: readonly string[], times: number): LabWork['work'] {
  return async (files) => {
    const codes: number[] = [];
    for (let run = 1; run <= times; run += 1) {
      if (times > 1) tell(`lab: run ${run} of ${times}`);
      codes.push(await execInLab(files, nodeTest(names)));
      // Ctrl-C ends the tests, and those that would follow.
      if (codes.at(-1) === 130) break;
    }
    const failed = codes.flatMap((code, index) => (code === 0 ? [] : [index + 1]));
    if (times > 1) tell(`lab: ${codes.length} runs, ${failed.length} failed${failed.length === 0 ? '' : `: ${failed.join(', ')}`}`);
    return codes.find((code) => code !== 0) ?? 0;
  };
}

async function inALabOfTheirOwn(names: readonly string[], { keep, times }: Options): Promise<number> {
  await buildMissing(programsBeyondCore(names), tell);
  tell(`lab: tests: ${names.join(', ')}`);
  return inALab({ parts: withNeeds([]) ?? [], tell, keep: keep === true, work: repeated(names, times) });
}

async function onAnotherCluster(names: readonly string[]): Promise<number> {
  const fit = names.filter((name) => ANYWHERE.includes(name));
  const rest = names.filter((name) => !ANYWHERE.includes(name));
  if (rest.length > 0) tell(`NOT RUN on the cluster of LAB_KUBECONFIG, because they need a lab's own parts: ${rest.join(', ')}`);
  if (fit.length === 0) return 1;
  const [program = '', ...args] = nodeTest(fit);
  const [code] = (await once(spawn(program, args, { stdio: 'inherit' }), 'exit')) as [number | null];
  return code ?? 1;
}

/** Of these tests those whose programs are built; says which ones are not. */
function thoseBuilt(names: readonly string[]): readonly string[] {
  for (const name of names.filter((one) => !canRun(one))) {
    const programs = programsBeyondCore([name]).map((part) => part.name);
    tell(`NOT RUN, because not all of its programs are built (npm run lab:build -- ${programs.join(' ')}): ${name}`);
  }
  return names.filter(canRun);
}

interface Options {
  readonly keep?: boolean;
  readonly beyond?: boolean;
  readonly all?: boolean;
  readonly built?: boolean;
  readonly times: number;
}

function testsMeant(words: readonly string[], { beyond, all }: Options): readonly string[] | undefined {
  if (words.length > 0) return testsNamed(words);
  return [...(beyond === true ? [] : testsOf('core')), ...(beyond === true || all === true ? testsOf('beyond') : [])];
}

/** What a run had to work with: nothing is left out without a word. */
function tellPrograms(): void {
  const names = (built: boolean): string =>
    BINARY_PARTS.filter((part) => isBuilt(part) === built)
      .map((part) => part.name)
      .join(', ');
  tell(`lab: programs that are built: ${names(true) || 'none'}; not built: ${names(false) || 'none'}`);
}

async function run(words: readonly string[], options: Options): Promise<void> {
  const named = testsMeant(words, options);
  if (named === undefined) throw new Error(`no such test; the tests are ${KNOWN_TESTS.join(', ')}`);
  tellPrograms();
  const names = options.built === true ? thoseBuilt(named) : named;
  if (names.length === 0) return;
  const another = (process.env['LAB_KUBECONFIG'] ?? '') !== '';
  process.exitCode = another ? await onAnotherCluster(names) : await inALabOfTheirOwn(names, options);
}

try {
  await new Command('lab-test')
    .description('Runs the lab tests in a lab of their own, which is gone afterwards')
    .argument('[tests...]', `of ${KNOWN_TESTS.join(', ')}; those of the core parts when none is named`)
    .option('--beyond', 'when none is named: those that need more than the core parts, or more time')
    .option('--all', 'when none is named: every test there is')
    .option('--built', 'leave out, and say so, what needs a program that is not built yet; without it, it is built')
    .option('--times <number>', 'run them again and again, in one lab', wholeNumber(1, 1000), 1)
    .option('--keep', 'leave the lab up when a test failed')
    .action(run)
    .parseAsync();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
