import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Command } from 'commander';
import { buildMissing } from './build/build-missing.ts';
import { ANYWHERE, canRun, fileOf, KNOWN_TESTS, programsBeyondCore, testsNamed, testsOf } from './run/choose-tests.ts';
import { commandInside, inALab } from './run/in-a-lab.ts';
import { withNeeds } from './run/run-parts.ts';

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

/** One file after the other: some of them kill the API server. */
function nodeTest(names: readonly string[]): readonly string[] {
  return [process.execPath, '--test', '--test-concurrency=1', '--test-reporter=spec', ...names.map(fileOf)];
}

async function inALabOfTheirOwn(names: readonly string[], keep: boolean): Promise<number> {
  await buildMissing(programsBeyondCore(names), tell);
  tell(`lab: tests: ${names.join(', ')}`);
  return inALab({ parts: withNeeds([]) ?? [], tell, keep, work: commandInside(nodeTest(names)) });
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
  readonly built?: boolean;
}

async function run(words: readonly string[], options: Options): Promise<void> {
  const named = words.length === 0 ? testsOf(options.beyond === true ? 'beyond' : 'core') : testsNamed(words);
  if (named === undefined) throw new Error(`no such test; the tests are ${KNOWN_TESTS.join(', ')}`);
  const names = options.built === true ? thoseBuilt(named) : named;
  if (names.length === 0) return;
  const another = (process.env['LAB_KUBECONFIG'] ?? '') !== '';
  process.exitCode = another ? await onAnotherCluster(names) : await inALabOfTheirOwn(names, options.keep === true);
}

try {
  await new Command('lab-test')
    .description('Runs the lab tests in a lab of their own, which is gone afterwards')
    .argument('[tests...]', `of ${KNOWN_TESTS.join(', ')}; those of the core parts when none is named`)
    .option('--beyond', 'when none is named: those that need more than the core parts, or more time')
    .option('--built', 'leave out, and say so, what needs a program that is not built yet; without it, it is built')
    .option('--keep', 'leave the lab up when a test failed')
    .action(run)
    .parseAsync();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
