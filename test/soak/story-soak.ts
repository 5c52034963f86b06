import { readSoakOptions } from '../../scripts/soak-options.ts';
import { storyCrashSweep, storyFaultSweep, storyRepositorySweep, storyStaleSweep } from '../rollouts/story-sweeps.ts';
import { createPlaces } from './places.ts';
import { createReport } from './report.ts';
import { swept } from './swept.ts';

/** The whole story, disturbed at every place. */
const places = createPlaces(readSoakOptions(process.argv.slice(2)));
const report = createReport();
for (const [name, sweep] of [
  ['killed before or after a write', storyCrashSweep],
  ['a call to the repository fails or is killed', storyRepositorySweep],
  ['hears late of one kind', storyStaleSweep],
  ['a request fails', storyFaultSweep],
] as const) {
  const repeat = (place: number): string => `--from ${place} --count 1`;
  const { reference } = await sweep(swept({ name, places, report, repeat, at: (place) => report.at(place, name) }));
  if (reference.problems !== '') report.failed(`the undisturbed story: ${reference.problems}`);
}
report.end();
