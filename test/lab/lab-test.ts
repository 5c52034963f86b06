import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { execInLab } from './run/exec-in-lab.ts';
import { labFiles } from './run/lab-files.ts';
import { withNeeds } from './run/run-parts.ts';
import { startLab } from './run/start-lab.ts';
import { stopLab } from './run/stop-lab.ts';

const TESTS = path.join(import.meta.dirname, 'tests');
const SUFFIX = '.lab.ts';
/** Tests that only speak to an API server, in namespaces of their own: any cluster will do. */
const ANYWHERE = ['contract', 'crds'];

const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const known = readdirSync(TESTS)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));

/** One file after the other: some of them kill the API server. */
function nodeTest(names: readonly string[]): readonly string[] {
  const files = names.map((name) => path.join(TESTS, `${name}${SUFFIX}`));
  return [process.execPath, '--test', '--test-concurrency=1', '--test-reporter=spec', ...files];
}

async function inALab(names: readonly string[], keep: boolean): Promise<number> {
  const files = labFiles(mkdtempSync(path.join(tmpdir(), 'sluice-lab-')));
  // Ctrl-C ends the tests; the lab is ended by us, afterwards.
  process.on('SIGINT', () => undefined);
  let code = 1;
  try {
    const { seconds } = await startLab(files, withNeeds([]) ?? [], tell);
    tell(`lab: up in ${seconds.toFixed(1)} s in ${files.directory}`);
    code = await execInLab(files, nodeTest(names));
    return code;
  } finally {
    if (keep && code !== 0) tell(`lab: kept in ${files.directory}; end it with: node test/lab/lab.ts --dir ${files.directory} down`);
    else await stopLab(files);
  }
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

async function run(words: readonly string[], options: { readonly keep?: boolean }): Promise<void> {
  const names = words.length === 0 ? known : words.map((word) => path.basename(word).replace(SUFFIX, ''));
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no test ${unknown.join(', ')}; the tests are ${known.join(', ')}`);
  const another = (process.env['LAB_KUBECONFIG'] ?? '') !== '';
  process.exitCode = another ? await onAnotherCluster(names) : await inALab(names, options.keep === true);
}

try {
  await new Command('lab-test')
    .description('Runs the lab tests in a lab of their own, which is gone afterwards')
    .argument('[tests...]', `of ${known.join(', ')}; all when none is named`)
    .option('--keep', 'leave the lab up when a test failed')
    .action(run)
    .parseAsync();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
