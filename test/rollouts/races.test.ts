import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROLLOUT } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import { viewRollout } from '../../src/sim/invariants/world-view.ts';
import { runScenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { at, injectFault, metric, perform } from '../../src/sim/scenario/timeline.ts';
import { ask, healthyAt, statusAtEnd } from './lab.ts';
import { createStory, demoTimeline, gitVersusCluster, METRIC, restoreCommits, type Story } from './story.ts';

const REF = 'shop/checkout';

/** From 8:01 on, just before the breach, each answer of Git takes this long. */
function slowGit(story: () => Story, delay: number) {
  return at(
    '481s',
    perform(`Git takes ${delay / 1000} s to answer`, () => story().onRepository(() => ({ kind: 'delay', delay: millis(delay) }))),
  );
}

/** The states that the restore went through, as they were written. */
function restoreStates(run: ScenarioRun): readonly string[] {
  const states = run.writes.flatMap(({ request, after }) =>
    request.kind.plural === ROLLOUT.plural ? (viewRollout(after)?.status.rollback?.state ?? []) : [],
  );
  return states.filter((state, index) => state !== states[index - 1]);
}

describe('two who write one status', () => {
  it('let a retry win over a restore that was on its way: no commit is made', async () => {
    const story: Story = createStory({
      timeline: (hands) => [
        ...demoTimeline(hands),
        slowGit(() => story, 20_000),
        at('485s', metric(METRIC, 0.999)),
        at('490s', ask('retry', '1', REF)),
      ],
      until: healthyAt(3, REF),
    });
    const run = await runScenario(story.scenario);
    assert.equal(run.problems, '');
    assert.equal(restoreCommits(story.remote).length, 0);
    assert.equal(statusAtEnd(run, REF).rollback?.state, 'Superseded');
    assert.deepEqual(gitVersusCluster(story.remote, run.sim), []);
  });

  it('keep the record of the push when an older status arrives late', async () => {
    // The last pod of stable is ready at 8:04, and that is what the late status is about; the push follows before it arrives.
    const late = injectFault((request) => request.verb === 'update' && request.ref === REF, { type: 'delay', delay: millis(5000) });
    const story: Story = createStory({
      timeline: (hands) => [...demoTimeline(hands), slowGit(() => story, 1000), at('483900ms', late)],
    });
    const run = await runScenario(story.scenario);
    assert.equal(run.problems, '');
    assert.deepEqual(restoreStates(run), ['Intent', 'Pushed', 'Applied']);
    assert.equal(restoreCommits(story.remote).length, 1);
  });
});
