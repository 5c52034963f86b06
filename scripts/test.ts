import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { endsWithItsTests } from './ends-with-its-tests.ts';
import { ROOT, run } from './run.ts';

/** Longer than any file takes on a slow machine. */
const TEST_LIMIT_MS = 10 * 60_000;

/** Many a file runs for less time than node takes to compile what it imports; this is done once for all of them. `npm ci` empties it. */
const NODE_COMPILE_CACHE = path.join(ROOT, 'node_modules/.cache/compiled');

/**
 * `npm test [-- PATTERN...]`: every test, or the files that the patterns name. One process a file: a test that leaves something behind cannot
 * change another one's result, and a test that hangs, or leaves something open when it fails, holds up no other. node's summary is the last thing
 * printed.
 */
const patterns = process.argv.slice(2);
const files = (patterns.length === 0 ? ['test/**/*.test.ts'] : patterns).flatMap((pattern) => globSync(pattern, { cwd: ROOT })).toSorted();
if (files.length === 0) {
  process.stderr.write(`no test file matches ${patterns.join(' ')}; the tests stand in test/<area>/<what>.test.ts\n`);
  process.exitCode = 2;
} else {
  // By itself node keeps one core for the process that only listens: of two cores the half.
  const concurrency = `--test-concurrency=${availableParallelism()}`;
  process.exitCode = run('node', ['--test', concurrency, ...endsWithItsTests(TEST_LIMIT_MS), '--test-reporter=spec', ...files], {
    NODE_COMPILE_CACHE,
  });
}
