import path from 'node:path';
import { endsWithItsTests } from '../../../scripts/ends-with-its-tests.ts';

/** Longer than any test or suite takes on a slow machine; one that hangs ends then, and the rest still runs. */
const TEST_LIMIT_MS = 20 * 60_000;

const reporter = (name: string, destination: string): readonly string[] => [
  `--test-reporter=${name}`,
  `--test-reporter-destination=${destination}`,
];
const own = (name: string): string => path.join(import.meta.dirname, name);

/** Words that run test files, one after the other. A file ends with its tests: what a failed one left open holds up no other. */
function nodeTest(files: readonly string[], reporters: readonly string[]): readonly string[] {
  return [process.execPath, '--test', '--test-concurrency=1', ...endsWithItsTests(TEST_LIMIT_MS), ...reporters, ...files];
}

/** Words that run test files as people run them. */
export function nodeTestPlainly(files: readonly string[]): readonly string[] {
  return nodeTest(files, reporter('spec', 'stdout'));
}

/** Words that run one test file, tell people all of it but the counts, and write its result to a file, as `readResult` takes it. */
export function nodeTestOfOne(file: string, results: string): readonly string[] {
  return nodeTest([file], [...reporter(own('spec-without-counts.ts'), 'stdout'), ...reporter(own('results-reporter.ts'), results)]);
}
