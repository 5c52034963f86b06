import type { ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { type GoldenOptions, playGolden } from './play-golden.ts';
import { createStory, type Story, type StoryOptions, storyEnd, storyOf } from './story.ts';

/** Plays a story of Git and cluster as {@link playGolden} does, and answers the undisturbed run with its story. */
export async function playStory(
  name: string,
  story: StoryOptions = {},
  options: GoldenOptions = {},
): Promise<{ readonly run: ScenarioRun; readonly story: Story }> {
  const run = await playGolden(name, () => createStory(story).scenario, { end: storyEnd, ...options });
  return { run, story: storyOf(run.sim) };
}
