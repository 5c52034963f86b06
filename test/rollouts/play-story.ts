import type { ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { type GoldenOptions, playGolden } from './play-golden.ts';
import { createStory, type Story, type StoryOptions, storyEnd, storyOf } from './story.ts';

/** Files of one commit are applied one by one: while one of them is refused, the others make a revision of their own, and the story may go another way. */
const BETWEEN_FILES = { fault: 'a commit may be there in part for a while' };

/** Plays a story of Git and cluster as {@link playGolden} does, and answers the undisturbed run with its story. */
export async function playStory(
  name: string,
  story: StoryOptions = {},
  options: GoldenOptions = {},
): Promise<{ readonly run: ScenarioRun; readonly story: Story }> {
  const run = await playGolden(name, () => createStory(story).scenario, { end: storyEnd, mayDiffer: BETWEEN_FILES, ...options });
  return { run, story: storyOf(run.sim) };
}
