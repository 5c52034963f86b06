import path from 'node:path';
import { ROOT } from './run.ts';

/** Words for `node --test`: a file ends with its tests, whatever they left open, with all that they told counted; a test that hangs ends at the limit. */
export function endsWithItsTests(limitMilliseconds: number): readonly string[] {
  const blockingOutput = path.join(ROOT, 'test/support/blocking-output.ts');
  return ['--test-force-exit', `--test-timeout=${limitMilliseconds}`, `--import=${blockingOutput}`];
}
