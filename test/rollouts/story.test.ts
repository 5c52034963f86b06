import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROLLOUT } from '../../src/api/kinds.ts';
import { CONFIG_COPY, SOURCE_COMMIT, SOURCE_FILE, SOURCE_PATH } from '../../src/api/labels.ts';
import { bannerManifest, configMapManifest, rolloutManifest } from '../../src/demo/manifests.ts';
import { readMessage } from '../../src/sim/repository/git-objects.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { at, injectFault, metric, perform } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { ask, conditionsAtEnd, healthyAt, statusAtEnd } from './lab.ts';
import type { GoldenOptions } from './play-golden.ts';
import { playStory } from './play-story.ts';
import {
  BAD,
  BANNER_FILE,
  CONFIG_FILE,
  createStory,
  demoTimeline,
  FIRST,
  FIX,
  fileAtTip,
  GOOD,
  gitVersusCluster,
  history,
  INITIAL,
  METRIC,
  ROLLOUT_FILE,
  release,
  restoreCommits,
  type Story,
  servedImages,
  storyOf,
} from './story.ts';

const REF = 'shop/checkout';

/** A fix that is pushed two seconds before the breach supersedes the restore, or the release before it can be judged. */
const SECONDS_DECIDE: GoldenOptions = {
  mayDiffer: {
    crash: 'the fix may come first',
    fault: 'the fix may come first',
    late: 'the fix may come first',
    slow: 'the fix may come first',
  },
};

function subjects(story: Story): readonly string[] {
  return history(story.remote).map(({ message }) => readMessage(message).subject);
}

function rollback(run: Awaited<ReturnType<typeof runScenario>>) {
  return statusAtEnd(run, REF).rollback as
    | { readonly state: string; readonly reason?: string; readonly commit?: string; readonly message?: string }
    | undefined;
}

function degradedWith(state: string) {
  return rolloutIs(REF, 'Degraded', (status) => status.rollback?.state === state);
}

describe('a bad commit', () => {
  it('is caught, its traffic goes back, and one restore commit brings Git, the cluster and reality together again', async () => {
    const { run, story } = await playStory('demo-story');
    assert.deepEqual(subjects(story), [
      'the shop',
      'checkout 1.1',
      'checkout 1.2: pay faster',
      'banner: sale',
      'Revert "checkout 1.2: pay faster"',
    ]);
    assert.equal(restoreCommits(story.remote).length, 1);
    assert.deepEqual(gitVersusCluster(story.remote, run.sim), []);
    assert.equal(fileAtTip(story.remote, ROLLOUT_FILE), rolloutManifest(GOOD));
    assert.equal(fileAtTip(story.remote, CONFIG_FILE), configMapManifest(GOOD));
    assert.equal(fileAtTip(story.remote, BANNER_FILE), bannerManifest('sale'));
    assert.equal(rollback(run)?.state, 'Applied');
    assert.equal(rollback(run)?.commit, history(story.remote).at(-1)?.oid);
    assert.ok(conditionsAtEnd(run, REF).includes('Ready=True/Reverted'));
    assert.deepEqual(
      servedImages(run.sim),
      Array.from({ length: 5 }, () => GOOD.image),
    );
  });

  it('is applied by GitSync as its service account and never as the controller', async () => {
    const story = createStory();
    const run = await runScenario(story.scenario);
    assert.equal(run.problems, '');
    const applied = run.writes.filter(({ request }) => request.kind.kind === 'ConfigMap');
    assert.ok(applied.length >= 4, `${applied.length} writes of ConfigMaps`);
    const [copies, declared] = [true, false].map((copied) =>
      applied.filter(({ after, before }) => ((after ?? before)?.metadata.labels?.[CONFIG_COPY] !== undefined) === copied),
    );
    const users = (writes: typeof applied | undefined) => [...new Set(writes?.map(({ request }) => request.user.name))];
    assert.deepEqual(users(declared), ['system:serviceaccount:shop:sluice-sync']);
    assert.deepEqual(users(copies), ['system:serviceaccount:sluice-system:sluice']);
  });

  it('is taken out without a good ConfigMap commit that came after the promotion', async () => {
    const later = { ...GOOD, paymentTimeout: '5s' };
    const story = createStory({
      timeline: (hands) => [
        ...demoTimeline(hands).slice(0, 2),
        hands.commit('350s', 'wait longer', { [CONFIG_FILE]: configMapManifest(later) }),
        at('585s', metric(METRIC, 0.62)),
        hands.commit('590s', 'checkout 1.2', release(BAD)),
      ],
    });
    const run = await runScenario(story.scenario);
    assert.equal(run.problems, '');
    assert.equal(fileAtTip(story.remote, CONFIG_FILE), configMapManifest(later));
    assert.equal(fileAtTip(story.remote, ROLLOUT_FILE), rolloutManifest(GOOD));
    assert.deepEqual(gitVersusCluster(story.remote, run.sim), []);
    assert.equal(restoreCommits(story.remote).length, 1);
  });

  it('is left to people when a file that it changed also holds what belongs to others', async () => {
    const shared = (of: typeof GOOD, text: string) => `${rolloutManifest(of)}---\n${bannerManifest(text)}`;
    const { run, story } = await playStory('shared-file-blocked', {
      initial: { ...INITIAL, [ROLLOUT_FILE]: shared(FIRST, 'welcome'), [BANNER_FILE]: null },
      timeline: ({ commit }) => [
        at('0s', metric(METRIC, 0.999)),
        commit('230s', 'checkout 1.1', { [ROLLOUT_FILE]: shared(GOOD, 'welcome') }),
        at('465s', metric(METRIC, 0.62)),
        commit('470s', 'checkout 1.2 and a sale', { [ROLLOUT_FILE]: shared(BAD, 'sale') }),
      ],
      until: degradedWith('Blocked'),
    });
    assert.equal(restoreCommits(story.remote).length, 0);
    assert.deepEqual(subjects(story), ['the shop', 'checkout 1.1', 'checkout 1.2 and a sale']);
    assert.equal(rollback(run)?.reason, 'SharedFile');
    assert.equal(fileAtTip(story.remote, ROLLOUT_FILE), shared(BAD, 'sale'));
  });

  it('is superseded by a fix that was pushed before the restore, and the fix is rolled out', async () => {
    const { run, story } = await playStory(
      'fix-supersedes-restore',
      {
        timeline: (hands) => [
          ...demoTimeline(hands),
          // GitSync looks at 8:00; the breach follows a few seconds later.
          hands.commit('481s', 'checkout 1.3: the fix', release(FIX)),
          at('483s', metric(METRIC, 0.999)),
        ],
        until: healthyAt(4, REF),
      },
      SECONDS_DECIDE,
    );
    assert.equal(restoreCommits(story.remote).length, 0);
    assert.equal(rollback(run)?.state, 'Superseded');
    assert.equal(fileAtTip(story.remote, ROLLOUT_FILE), rolloutManifest(FIX));
    assert.deepEqual(gitVersusCluster(story.remote, run.sim), []);
  });

  it('keeps its traffic at zero while Git is down, and is taken out exactly once when Git is back', async () => {
    const { run, story } = await playStory('git-down', {
      timeline: (hands) => [
        ...demoTimeline(hands),
        at(
          '481s',
          perform('Git is down', ({ sim }) => storyOf(sim).onRepository(() => ({ kind: 'fail', failure: 'Unreachable' }))),
        ),
        at(
          '25m',
          perform('Git is back', ({ sim }) => storyOf(sim).onRepository(() => undefined)),
        ),
      ],
      limit: '2h',
    });
    assert.equal(restoreCommits(story.remote).length, 1);
    assert.deepEqual(gitVersusCluster(story.remote, run.sim), []);
  });

  it('is not found by provenance that somebody forged in annotations', async () => {
    const forged = perform('somebody forges the provenance', ({ cluster }) => {
      const annotations = { [SOURCE_COMMIT]: history(story.remote)[0]?.oid, [SOURCE_PATH]: '', [SOURCE_FILE]: BANNER_FILE };
      const body = { metadata: { annotations } };
      return cluster.patch(ROLLOUT, { namespace: 'shop', name: 'checkout' }, { type: 'merge', body }, { fieldManager: 'mallory' });
    });
    const story: Story = createStory({ timeline: (hands) => [...demoTimeline(hands), at('481s', forged)] });
    const run = await runScenario(story.scenario);
    assert.equal(run.problems, '');
    const seen = run.log.map(({ text }) => text);
    assert.ok(seen.findIndex((text) => text.includes('forges')) < seen.findIndex((text) => text.includes(': Failed')));
    assert.equal(subjects(story).at(-1), 'Revert "checkout 1.2: pay faster"');
    assert.equal(restoreCommits(story.remote).length, 1);
    assert.deepEqual(gitVersusCluster(story.remote, run.sim), []);
  });

  it('is gone from the cluster seconds after the restore commit, even when the first attempt to apply that fails', async () => {
    const applies = injectFault((request) => request.verb === 'apply' && request.ref === REF, {
      type: 'status',
      status: 500,
      applied: false,
    });
    const story = createStory({ timeline: (hands) => [...demoTimeline(hands), at('481s', applies)] });
    const run = await runScenario(story.scenario);
    assert.equal(run.problems, '');
    assert.ok(
      run.log.some(({ text }) => text.startsWith('! 500')),
      'the fault took place',
    );
    // GitSync looks every two minutes by itself, next at 10:00.
    const end = run.log.find(({ text }) => text.startsWith('= '))?.at ?? 0;
    assert.ok(end < 9 * 60_000, `the end came after ${end / 1000} s`);
  });

  it('stays out when it is pushed again, until somebody retries it', async () => {
    const { run, story } = await playStory('quarantined-pushed-again', {
      timeline: (hands) => [
        ...demoTimeline(hands),
        hands.commit('830s', 'checkout 1.2 once more', release(BAD)),
        at('20m', metric(METRIC, 0.999)),
        at('20m', ask('retry', '1', REF)),
      ],
      until: healthyAt(5, REF),
    });
    assert.equal(restoreCommits(story.remote).length, 1);
    assert.equal(subjects(story).at(-1), 'checkout 1.2 once more');
    assert.deepEqual(gitVersusCluster(story.remote, run.sim), []);
  });
});
