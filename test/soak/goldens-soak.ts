import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from '../../scripts/run.ts';

/**
 * Every rollout with a golden log, disturbed at every place: `SLUICE_SWEEP=crash` takes one kind of disturbance (crash, fault, late), `SLUICE_SOAK_EVERY=5` every
 * fifth place of each, `SLUICE_GOLDEN=routed` the logs with that in their names.
 */
process.env['SLUICE_SWEEP'] ??= 'crash,late,fault';
const files = globSync('test/rollouts/*.test.ts', { cwd: ROOT })
  .filter((file) => /play(Golden|Story)\(/.test(readFileSync(join(ROOT, file), 'utf8')))
  .toSorted();
if (files.length === 0) throw new Error('no test of test/rollouts plays a golden rollout');
process.exitCode = run('node', ['--test', '--test-reporter=dot', ...files]);
