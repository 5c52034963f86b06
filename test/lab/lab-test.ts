import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Command } from 'commander';
import { buildMissing } from './build/build-missing.ts';
import { isBuilt } from './build/lab-cache.ts';
import { BINARY_PARTS } from './build/parts.ts';
import { nodeTestPlainly } from './lanes/node-test.ts';
import { runInLabs } from './lanes/run-in-labs.ts';
import { ANYWHERE, canRun, fileOf, KNOWN_TESTS, programsBeyondCore, testsNamed, testsOf } from './run/choose-tests.ts';
import { wholeNumber } from './run/whole-number.ts';

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

async function inLabsOfTheirOwn(names: readonly string[], { labs, keep, times }: Options): Promise<number> {
  await buildMissing(programsBeyondCore(names), tell);
  tell(`lab: tests: ${names.join(', ')}`);
  return runInLabs(names, { labs, keep: keep === true, times, tell });
}

async function onAnotherCluster(names: readonly string[]): Promise<number> {
  const fit = names.filter((name) => ANYWHERE.includes(name));
  const rest = names.filter((name) => !ANYWHERE.includes(name));
  if (rest.length > 0) tell(`NOT RUN on the cluster of LAB_KUBECONFIG, because they need a lab's own parts: ${rest.join(', ')}`);
  if (fit.length === 0) return 1;
  const [program = '', ...args] = nodeTestPlainly(fit.map(fileOf));
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
  readonly labs: number;
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
  process.exitCode = another ? await onAnotherCluster(names) : await inLabsOfTheirOwn(names, options);
}

try {
  await new Command('lab-test')
    .description('Runs the lab tests in labs of their own, which are gone afterwards')
    .argument('[tests...]', `of ${KNOWN_TESTS.join(', ')}; those of the core parts when none is named`)
    .option('--beyond', 'when none is named: those that need more than the core parts, or more time')
    .option('--all', 'when none is named: every test there is')
    .option('--built', 'leave out, and say so, what needs a program that is not built yet; without it, it is built')
    .option('--times <number>', 'run them again and again', wholeNumber(1, 1000), 1)
    .option('--labs <number>', 'in so many labs at once; what a file prints then comes when it ends', wholeNumber(1, 16), 1)
    .option('--keep', 'leave a lab up when a test failed in it')
    .action(run)
    .parseAsync();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
