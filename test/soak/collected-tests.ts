/** One `it` of a test file. */
export interface CollectedTest {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

const tests: CollectedTest[] = [];
let suite = '';

/** Stands in for `describe` of node:test. */
export function describe(name: string, body: () => void): void {
  const outer = suite;
  suite = `${outer}${name} `;
  body();
  suite = outer;
}

/** Stands in for `it` of node:test: the test is kept for later. */
export function it(name: string, run: CollectedTest['run']): void {
  tests.push({ name: `${suite}${name}`, run });
}

/** Takes what was collected so far. */
export function takeTests(): readonly CollectedTest[] {
  return tests.splice(0);
}
