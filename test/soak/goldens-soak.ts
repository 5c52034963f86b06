import { globSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../scripts/run.ts';
import { readSoakOptions } from '../../scripts/soak-options.ts';
import { sweepGoldensBy } from '../rollouts/golden-sweeps.ts';
import { type CollectedTest, takeTests } from './collected-tests.ts';
import { createPlaces } from './places.ts';
import { createReport } from './report.ts';
import { swept } from './swept.ts';

/**
 * Every rollout with a golden log, disturbed at every place: `--golden routed` takes the logs with that in their names, `--kinds crash,late` some kinds of
 * disturbance, `--place 7` one place of each. Golden rollouts are numbered as they are played; each process runs its part of the places of each.
 * The tests that play them run outside of node's runner, whose hooks on every promise cost more than the runs.
 */
const STAND_IN = pathToFileURL(join(import.meta.dirname, 'collected-tests.ts')).href;
registerHooks({ resolve: (specifier, context, next) => next(specifier === 'node:test' ? STAND_IN : specifier, context) });

/** Ends a test whose golden rollout is not wanted. */
class LeftOut extends Error {}

const { from = 0, count = Number.POSITIVE_INFINITY, golden, kinds, place, shard, worker } = readSoakOptions(process.argv.slice(2));
const report = createReport();
let met = 0;
let inThisTest = 0;

sweepGoldensBy({
  begin(name) {
    const number = met;
    met += 1;
    inThisTest += 1;
    if (inThisTest > 1) throw new Error('it plays two golden rollouts, of which the second has no number when the first is left out');
    if (number < from || number - from >= count || !name.includes(golden)) throw new LeftOut();
    report.at(number, name);
  },
  sweep(name, kind) {
    if (kinds?.includes(kind) === false) return { take: () => [] };
    const number = met - 1;
    return swept({
      name: `${name}: ${kind}`,
      places: createPlaces({ from: place, count: place === undefined ? undefined : 1, shard, worker }),
      report,
      repeat: (at) => `--golden ${name} --kinds ${kind} --place ${at}`,
      at: (at) => report.at(number, `${name}: ${kind} ${at}`),
    });
  },
});

async function play(file: string, { name, run }: CollectedTest): Promise<void> {
  inThisTest = 0;
  try {
    await run();
  } catch (error) {
    // What a sweep found was told in full before.
    if (!(error instanceof LeftOut))
      report.failed(`${file}: ${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
}

const files = globSync('test/rollouts/*.test.ts', { cwd: ROOT })
  .filter((file) => /play(Golden|Story)\(/.test(readFileSync(join(ROOT, file), 'utf8')))
  .toSorted();
for (const file of files) {
  await import(pathToFileURL(join(ROOT, file)).href);
  for (const test of takeTests()) await play(file, test);
}
report.end();
