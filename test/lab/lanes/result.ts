import { z } from 'zod';

/** What node counts, under the names of its event `test:summary`. */
const countsSchema = z.object({
  tests: z.int(),
  suites: z.int(),
  passed: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  skipped: z.int(),
  todo: z.int(),
});

/** One line of what `results-reporter.ts` writes. */
const lineSchema = z.union([
  z.object({
    /** A test that failed by itself, not through one inside of it. */
    failed: z.object({
      /** Its name after those of the suites around it. */
      path: z.array(z.string()),
      why: z.string(),
    }),
  }),
  /** The last one: node came to the end of the file. */
  z.object({ counts: countsSchema }),
]);

type Counts = z.infer<typeof countsSchema>;

/** How a file of tests came out. */
export interface Result {
  readonly name: string;
  readonly counts: Counts;
  /** What failed and why; a message may have several lines. */
  readonly failures: readonly string[];
}

const NOTHING: Counts = { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };

/** What broke off before it had counts, as one failed test: so node counts a file that fails outside of its tests. */
export function brokenOff(name: string, failures: readonly string[]): Result {
  return { name, counts: { ...NOTHING, tests: 1, failed: 1 }, failures };
}

/** A file that never began, as one cancelled test. */
export function notRun(name: string): Result {
  return { name, counts: { ...NOTHING, tests: 1, cancelled: 1 }, failures: ['it was not run'] };
}

/** Whether nothing failed and nothing was cancelled. */
export function isGood({ counts }: Result): boolean {
  return counts.failed === 0 && counts.cancelled === 0;
}

/** Makes the result of a file of the lines that the reporter wrote and of the exit code. */
export function readResult(name: string, text: string, code: number): Result {
  // A process that is killed may leave half a line.
  const lines = text.split('\n').slice(0, -1);
  const parsed = lines.map((line) => lineSchema.parse(JSON.parse(line)));
  const failures = parsed.flatMap((line) => ('failed' in line ? [`${line.failed.path.join(' > ')}: ${line.failed.why}`] : []));
  const counts = parsed.flatMap((line) => ('counts' in line ? [line.counts] : []))[0];
  if (counts === undefined) return brokenOff(name, [...failures, `it ended with exit code ${code} before node had counted its tests`]);
  if (code === 0 || !isGood({ name, counts, failures })) return { name, counts, failures };
  // node counts no suite, so none whose hook failed.
  const why = failures.length > 0 ? failures : [`all its tests passed, but it ended with exit code ${code}`];
  return { name, counts: { ...counts, tests: counts.tests + 1, failed: 1 }, failures: why };
}

/** The end of a run, in the words of node: what failed by name, and last the counts of all together. */
export function closingLines(results: readonly Result[], milliseconds: number): readonly string[] {
  const failures = results.flatMap(({ name, failures: lines }) => lines.map((line) => `✖ ${name}: ${line.replaceAll('\n', '\n    ')}`));
  const sum = (of: keyof Counts): number => results.reduce((total, { counts }) => total + counts[of], 0);
  return [
    ...(failures.length === 0 ? [] : ['✖ failing tests:', ...failures, '']),
    `ℹ tests ${sum('tests')}`,
    `ℹ suites ${sum('suites')}`,
    `ℹ pass ${sum('passed')}`,
    `ℹ fail ${sum('failed')}`,
    `ℹ cancelled ${sum('cancelled')}`,
    `ℹ skipped ${sum('skipped')}`,
    `ℹ todo ${sum('todo')}`,
    `ℹ duration_ms ${Math.round(milliseconds)}`,
  ];
}
