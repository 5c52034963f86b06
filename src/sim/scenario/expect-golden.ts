import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const DIRECTORY = path.resolve(import.meta.dirname, '../../../test/golden');
const CONTEXT = 3;

/** The first difference of two texts with the lines before it; undefined when they are equal. */
export function firstDifference(expected: string, actual: string): string | undefined {
  if (expected === actual) return undefined;
  const [left, right] = [expected.split('\n'), actual.split('\n')];
  const line = left.findIndex((text, index) => text !== right[index]);
  const first = line < 0 ? left.length : line;
  const shown = left.slice(Math.max(0, first - CONTEXT), first).map((text) => `    ${text}`);
  const end = '(end of the log)';
  return [`line ${first + 1}:`, ...shown, `  - ${left[first] ?? end}`, `  + ${right[first] ?? end}`].join('\n');
}

/**
 * Compares a log with `test/golden/<name>.log` and throws with the first difference. With `UPDATE_GOLDEN=1` the file is written instead:
 * read the change before committing it, for these files are documentation.
 */
export function expectGolden(name: string, text: string, directory = DIRECTORY): void {
  const file = path.join(directory, `${name}.log`);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, text);
    return;
  }
  if (!existsSync(file)) throw new Error(`there is no golden log ${name}.log; run once with UPDATE_GOLDEN=1 and read what it writes`);
  const difference = firstDifference(readFileSync(file, 'utf8'), text);
  if (difference !== undefined) throw new Error(`the log differs from ${name}.log at ${difference}\nIf this is wanted: UPDATE_GOLDEN=1`);
}
