import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AnalysisRun } from '../../src/api/analysis.ts';
import { escapeText } from '../../src/core/revert/escape-text.ts';
import { numbersOf } from '../../src/core/rollout/numbers.ts';
import { hashOf, healthyWorld } from './world.ts';

function failedRun(value: string, condition: string, failureLimit = 1): AnalysisRun {
  const measurement = { phase: 'Failed' as const, value };
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'AnalysisRun',
    metadata: { name: 'run', namespace: 'shop' },
    spec: {
      args: [{ name: 'min-success-rate', value: '0.95' }],
      metrics: [{ name: 'success-rate', successCondition: condition, failureLimit, provider: { prometheus: { query: 'up' } } }],
    },
    status: {
      observedGeneration: 1,
      phase: 'Failed',
      metricResults: [
        {
          name: 'success-rate',
          phase: 'Failed',
          count: 2,
          failed: 2,
          message: 'failed (2) > failureLimit (1)',
          measurements: [measurement],
        },
      ],
    },
  };
}

describe('what people read of a breach', () => {
  it('names the value, what was wanted with the arguments in it, and how many measurements failed', () => {
    assert.equal(
      numbersOf(failedRun('[0.7074074074074074]', 'result[0] >= {{args.min-success-rate}}'), 'Failed'),
      'success-rate was 0.7074, wanted result[0] >= 0.95; 2 of 2 measurements failed, 1 may',
    );
  });

  it('never rounds a value onto the limit that it missed', () => {
    assert.match(numbersOf(failedRun('[0.94999812]', 'result[0] >= 0.95'), 'Failed'), /^success-rate was 0\.949998, wanted/u);
  });

  it('keeps whole numbers, lists and words as they are, and says none when no failure is allowed', () => {
    assert.match(numbersOf(failedRun('[123456]', 'result[0] < 5', 0), 'Failed'), /^success-rate was 123456, .* none may$/u);
    assert.match(numbersOf(failedRun('[0.123456,1]', 'result.all(x, x > 2.0)'), 'Failed'), /was \[0\.1235,1\], /u);
    assert.match(numbersOf(failedRun('[NaN]', 'result[0] < 5'), 'Failed'), /was NaN, /u);
  });

  it('leaves a condition as it was written when an argument does not fit', () => {
    assert.match(numbersOf(failedRun('[1]', 'result[0] < {{args.missing}}'), 'Failed'), /wanted result\[0\] < \{\{args\.missing\}\}/u);
  });

  it('goes into a commit message with its index and list brackets, and without brackets that act', () => {
    for (const text of ['success-rate was [0.97 -0.98], wanted result[0] >= 0.95', 'result[0] < 1, result[12] > 2']) {
      assert.equal(escapeText(text, 200), text);
    }
    assert.equal(escapeText('[skip ci] [ci skip] [0 no] [ ] [-]', 200), '(skip ci) (ci skip) (0 no) ( ) (-)');
    assert.equal(escapeText('[0](//evil) [1]: x [2][3]', 200), '(0)(//evil) (1): x (2)[3]');
    assert.equal(escapeText('a] [b', 200), 'a) (b');
  });
});

describe('the phase and the words of steps', () => {
  const STEPS = [{ setWeight: 20 }, { pause: {} }, { setWeight: 60 }];

  it('is not Healthy while a pod of another revision was asked for, the pass that promotes included', () => {
    const world = healthyWorld({ strategy: { canary: { steps: [{ setWeight: 20 }, { setWeight: 60 }], maxSurge: 2, maxUnavailable: 0 } } });
    world.deploy('v2');
    const phases: string[] = [];
    world.until(
      () => world.status?.phase === 'Healthy' && world.status.stableRS === hashOf('v2'),
      100,
      (plan) => {
        const { phase, message } = plan.status;
        const others = [...world.sets.values()].filter((set) => set.view.hash !== hashOf('v2'));
        if (phase === 'Healthy')
          assert.equal(
            others.reduce((sum, set) => sum + set.view.specReplicas, 0),
            0,
            message,
          );
        if (phases.at(-1) !== phase) phases.push(phase ?? '');
      },
    );
    world.run(3, (plan) => assert.equal(plan.status.phase, 'Healthy'));
    assert.deepEqual(phases, ['Progressing', 'Healthy']);
  });

  it('counts steps from 1 in every text and from 0 in the status', () => {
    const world = healthyWorld({ strategy: { canary: { steps: STEPS } } });
    world.deploy('v2');
    world.tick(0);
    assert.equal(world.status?.currentStepIndex, 0);
    assert.match(world.status.message ?? '', /^step 1 of 3, weight 20: /u);
    world.until(() => world.status?.phase === 'Paused');
    assert.equal(world.status.currentStepIndex, 1);
    assert.match(world.status.message ?? '', /^step 2: paused since /u);
    const said = world.plans.flatMap((plan) => [...plan.explain, ...plan.events.map((event) => event.message)]);
    assert.ok(
      said.some((line) => line.startsWith('step 1 of 3 is done: weight 20 is reached')),
      said.join('\n'),
    );
    assert.ok(said.includes('Paused at step 2 until somebody resumes or promotes'));
    assert.deepEqual(
      said.filter((line) => /\bstep 0\b/u.test(line)),
      [],
    );
  });

  it('tells of the first pause that ends by itself, and of every one that waits for a person', () => {
    const pauses = [{ pause: { duration: '20s' } }, { pause: {} }, { pause: { duration: 30 } }, { pause: {} }];
    const world = healthyWorld({ strategy: { canary: { steps: [{ setWeight: 20 }, ...pauses] } } });
    world.deploy('v2');
    for (const count of [1, 2]) {
      world.until(() => world.status?.currentStepIndex === count * 2 && world.status.controllerPause === true);
      world.annotations['sluice.dev/request'] = `resume:${hashOf('v2')}@${count}`;
      world.tick();
    }
    world.until(() => world.status?.phase === 'Healthy');
    const said = world.plans.flatMap(({ events }) =>
      events.flatMap(({ reason, message }) => (reason === 'RolloutPaused' ? [message] : [])),
    );
    assert.deepEqual(said, [
      'Paused at step 2 for 20s',
      'Paused at step 3 until somebody resumes or promotes',
      'Paused at step 5 until somebody resumes or promotes',
    ]);
  });
});
