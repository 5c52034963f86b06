import { readSoakOptions } from '../../scripts/soak-options.ts';
import { storyCrashSweep, storyFaultSweep, storyRepositorySweep, storyStaleSweep } from '../rollouts/story-sweeps.ts';
import { createPlaces } from './places.ts';
import { createReport } from './report.ts';
import { swept } from './swept.ts';

/** The whole story, disturbed at every place; `--kinds crash,repository` takes some kinds of disturbance. */
const options = readSoakOptions(process.argv.slice(2));
const places = createPlaces(options);
const report = createReport();
for (const [kind, name, sweep] of [
  ['crash', 'killed before or after a write', storyCrashSweep],
  ['repository', 'a call to the repository fails or is killed', storyRepositorySweep],
  ['late', 'hears late of one kind', storyStaleSweep],
  ['fault', 'a request fails', storyFaultSweep],
] as const) {
  const repeat = (place: number): string => `--from ${place} --count 1`;
  const { take, onRun } = swept({ name, places, report, repeat, at: (place) => report.at(place, name) });
  // A kind that is left out is numbered all the same: a place has one number, whatever else runs.
  const isWanted = options.kinds?.includes(kind) !== false;
  const { reference } = await sweep({ take: (all) => take(all).filter(() => isWanted), onRun });
  if (reference.problems !== '') report.failed(`the undisturbed story: ${reference.problems}`);
}
report.end();
