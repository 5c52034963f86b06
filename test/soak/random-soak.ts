import * as fc from 'fast-check';
import { readSoakOptions } from '../../scripts/soak-options.ts';
import { blueGreenProperty } from '../core-rollout/blue-green-property.ts';
import { canaryProperty } from '../core-rollout/canary-property.ts';
import { routedProperty } from '../core-rollout/routed-property.ts';
import { createPlaces } from './places.ts';
import { createReport } from './report.ts';

/**
 * Random rollouts, 100 for each seed: 50 routed canaries, 30 canaries by replica counts, 20 blue-green releases. A place is a seed: `--from 7 --count 1` repeats
 * one seed, and `--shrink` looks for the shortest case that fails.
 */
const PROPERTIES = [
  { name: 'routed canaries', property: routedProperty, numRuns: 50 },
  { name: 'canaries', property: canaryProperty, numRuns: 30 },
  { name: 'blue-green releases', property: blueGreenProperty, numRuns: 20 },
] as const;

const options = readSoakOptions(process.argv.slice(2));
const { from = 0, count = 1 } = options;
const places = createPlaces({ ...options, from: 0 });
const report = createReport();

/** The seeds of the range, a thousand at a time: a range may be long. */
function* seeds(): Generator<number> {
  for (let start = 0; start < count; start += 1000) {
    const next = Array.from({ length: Math.min(1000, count - start) }, (_, index) => from + start + index);
    for (const [, seed] of places.take(next)) yield seed;
  }
}

for (const seed of seeds()) {
  for (const { name, property, numRuns } of PROPERTIES) {
    report.at(seed, name);
    const result = fc.check<unknown[]>(property, { seed, numRuns, endOnFailure: !options.shrink });
    report.ran(result.numRuns);
    if (result.failed)
      report.failed(
        `${name}, seed ${seed} (--from ${seed} --count 1 repeats it)\n${String(result.errorInstance)}\n${fc.defaultReportMessage(result) ?? ''}`,
      );
  }
}
report.end();
