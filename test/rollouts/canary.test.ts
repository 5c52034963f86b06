import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, metric, patchObject } from '../../src/sim/scenario/timeline.ts';
import { allOf } from '../../src/sim/scenario/until.ts';
import { ask, halted, healthyAt, JUDGED_STEPS, scenario, services, statusAtEnd, template, web } from './lab.ts';
import { playGolden } from './play-golden.ts';

const UNTIL_RESUMED = '[{setWeight: 25}, {pause: {}}, {setWeight: 50}, {pause: {}}]';
const ONE_PAUSE = '[{setWeight: 50}, {pause: {duration: 60s}}]';

function scale(replicas: number) {
  return patchObject(ROLLOUT, 'shop/web', { spec: { replicas } });
}

describe('a canary rollout by the real controller', () => {
  it('deploys a first revision at full size without steps', async () => {
    await playGolden('first-deploy', () => scenario([services(), web()], { until: healthyAt(1) }));
  });

  it('is promoted when every analysis passes', async () => {
    await playGolden('analysis-promoted', () =>
      scenario([services(), template(), web({ steps: JUDGED_STEPS })], {
        timeline: [at('0s', metric('success', 0.99)), at('60s', apply(web({ steps: JUDGED_STEPS, tag: 'v2' })))],
        until: healthyAt(2),
      }),
    );
  });

  it('waits at a pause without end until somebody resumes it', async () => {
    await playGolden('pause-resumed', () =>
      scenario([services(), web({ steps: UNTIL_RESUMED })], {
        timeline: [at('60s', apply(web({ steps: UNTIL_RESUMED, tag: 'v2' }))), at('8m', ask('resume', '1')), at('12m', ask('resume', '2'))],
        until: healthyAt(2),
      }),
    );
  });

  it('leaves one step when promote is asked for, and no more', async () => {
    const run = await playGolden('promote-one-step', () =>
      scenario([services(), web({ steps: UNTIL_RESUMED })], {
        timeline: [at('60s', apply(web({ steps: UNTIL_RESUMED, tag: 'v2' }))), at('2m', ask('promote', '1'))],
        until: halted('Paused'),
      }),
    );
    assert.equal(statusAtEnd(run).currentStepIndex, 3);
  });

  it('leaves all steps when promote-full is asked for, still without losing capacity', async () => {
    await playGolden('promote-full', () =>
      scenario([services(), web({ steps: UNTIL_RESUMED })], {
        timeline: [at('60s', apply(web({ steps: UNTIL_RESUMED, tag: 'v2' }))), at('2m', ask('promote-full', '1'))],
        until: healthyAt(2),
      }),
    );
  });

  it('starts the steps again for a revision that comes mid-step, and drains the one between', async () => {
    await playGolden('new-revision-mid-step', () =>
      scenario([services(), web()], {
        timeline: [at('60s', apply(web({ tag: 'v2' }))), at('100s', apply(web({ tag: 'v3' })))],
        until: healthyAt(3),
      }),
    );
  });

  it('goes back without steps when the stable template returns mid-step', async () => {
    await playGolden('back-to-stable', () =>
      scenario([services(), web()], {
        timeline: [at('60s', apply(web({ tag: 'v2' }))), at('100s', apply(web({ tag: 'v1' })))],
        until: healthyAt(3),
      }),
    );
  });

  it('follows a new size mid-step, before the canary is ready', async () => {
    const run = await playGolden('scaled-mid-step', () =>
      scenario([services(), web()], {
        timeline: [at('60s', apply(web({ tag: 'v2' }))), at('61s', scale(8)), at('70s', scale(3))],
        until: healthyAt(2),
      }),
    );
    assert.equal(statusAtEnd(run)['replicas'], 3);
  });

  it('follows a new size while it is paused', async () => {
    await playGolden('scaled-mid-pause', () =>
      scenario([services(), web({ steps: UNTIL_RESUMED })], {
        timeline: [
          at('60s', apply(web({ steps: UNTIL_RESUMED, tag: 'v2' }))),
          at('2m', scale(8)),
          at('3m', scale(2)),
          at('4m', scale(0)),
          at('5m', scale(6)),
        ],
        until: halted('Paused'),
      }),
    );
  });

  it('comes to its end under an autoscaler that changes its mind every few seconds', async () => {
    const sizes = [5, 6, 7, 9, 8, 6, 5, 4, 3, 5, 8, 10, 9, 7, 4, 4, 6, 8, 6, 4];
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [at('60s', apply(web({ tag: 'v2' }))), ...sizes.map((size, index) => at(`${63 + index * 4}s`, scale(size)))],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(statusAtEnd(run)['replicas'], 4);
    assert.ok(run.requests.length < 400, `${run.requests.length} requests`);
  });

  it('replaces pods within surge and unavailability when there are no steps', async () => {
    await playGolden('no-steps', () =>
      scenario([services(), web({ steps: '[]' })], {
        timeline: [at('60s', apply(web({ steps: '[]', tag: 'v2' })))],
        until: healthyAt(2),
      }),
    );
  });

  for (const [maxSurge, maxUnavailable] of [
    ['25%', '25%'],
    ['0', '1'],
    ['0', '50%'],
    ['100%', '0'],
    ['3', '2'],
    ['1', '0'],
  ] as const) {
    it(`keeps within maxSurge ${maxSurge} and maxUnavailable ${maxUnavailable}`, async () => {
      const canary = `maxSurge: ${maxSurge}\nmaxUnavailable: ${maxUnavailable}`;
      const run = await runScenario(
        scenario([services(), web({ canary, replicas: 7 })], {
          timeline: [at('60s', apply(web({ canary, replicas: 7, tag: 'v2' })))],
          until: healthyAt(2),
        }),
      );
      assert.equal(run.problems, '');
    });
  }

  it('counts a pod only after minReadySeconds', async () => {
    const spec = 'minReadySeconds: 20';
    await playGolden('min-ready-seconds', () =>
      scenario([services(), web({ spec })], { timeline: [at('60s', apply(web({ spec, tag: 'v2' })))], until: healthyAt(2) }),
    );
  });

  it('rolls two Rollouts of one namespace out side by side', async () => {
    const both = (tag: string) => `${web({ tag, steps: ONE_PAUSE })}---${web({ name: 'api', tag, steps: ONE_PAUSE })}`;
    const run = await runScenario(
      scenario([services(), services('api'), both('v1')], {
        timeline: [at('60s', apply(both('v2')))],
        until: allOf(healthyAt(2), healthyAt(2, 'shop/api')),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(
      run.end
        .filter((line) => line.startsWith('replicaset shop/api'))
        .map((line) => /\d+ replicas, \d+ available/.exec(line)?.[0] ?? line)
        .toSorted((left, right) => left.localeCompare(right)),
      ['0 replicas, 0 available', '4 replicas, 4 available'],
    );
  });

  it('keeps as many old ReplicaSets as revisionHistoryLimit says', async () => {
    const of = (tag: string) => web({ spec: 'revisionHistoryLimit: 2', steps: '[]', tag });
    const run = await runScenario(
      scenario([services(), of('v1')], {
        timeline: ['v2', 'v3', 'v4', 'v5', 'v6'].map((tag, index) => at(`${index + 1}m`, apply(of(tag)))),
        until: healthyAt(6),
      }),
    );
    assert.equal(run.problems, '');
    const images = run.sim.snapshot(REPLICA_SET).map((set) => /web:v\d/.exec(JSON.stringify(set['spec']))?.[0] ?? 'no image');
    assert.deepEqual(
      images.toSorted((left, right) => left.localeCompare(right)),
      ['web:v4', 'web:v5', 'web:v6'],
    );
  });
});
