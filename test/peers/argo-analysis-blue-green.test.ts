import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Instant, millis } from '../../src/api/time.ts';
import { at } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { ask, halted, healthyAt } from '../rollouts/lab.ts';
import {
  applyArgo,
  argoRollout,
  argoServices,
  type JobStory,
  jobs,
  jobTemplate,
  look,
  phasesOf,
  playArgo,
  rolloutOf,
  runsOf,
  selectedRevision,
  sizeOf,
  stableRevision,
} from './argo-lab.ts';

const SERVICES = argoServices('web-active', 'web-preview');

interface BlueGreen {
  readonly pre?: string;
  readonly post?: string;
  readonly more?: string;
}

function blueGreen({ pre, post, more = '' }: BlueGreen): string {
  const analysis = (field: string, template: string | undefined): string =>
    template === undefined ? '' : `, ${field}: {templates: [{templateName: ${template}}], args: [{name: duration, value: "5"}]}`;
  return `{blueGreen: {activeService: web-active, previewService: web-preview${analysis('prePromotionAnalysis', pre)}${analysis('postPromotionAnalysis', post)}${more}}}`;
}

/** All pods, those of the live template, and the ready and available ones of the active revision. */
function countsOf(stage: Parameters<typeof rolloutOf>[0]): readonly unknown[] {
  const { replicas, updatedReplicas, readyReplicas, availableReplicas } = rolloutOf(stage).status;
  return [replicas, updatedReplicas, readyReplicas, availableReplicas];
}

const BEGIN = Date.UTC(2026, 0, 1);
/** A Job that ends this many seconds after the start of the story. */
function until(seconds: number, story: JobStory): (at: Instant) => JobStory {
  return (now) => (now < BEGIN + seconds * 1000 ? 'runs on' : story);
}

describe('a blue-green Rollout with analyses around the switch', () => {
  it('judges the preview, waits for a person, judges the active side, and goes back to the former template without either', async () => {
    const strategy = blueGreen({ pre: 'pre', post: 'post', more: ', autoPromotionEnabled: false' });
    const run = await playArgo({
      manifests: [SERVICES, jobTemplate('pre'), jobTemplate('post'), argoRollout(strategy)],
      rules: [jobs('pre', until(40, 'completes')), jobs('post', until(75, 'completes'))],
      timeline: [
        at(
          '30s',
          look('the first deployment', (stage) => {
            assert.deepEqual([rolloutOf(stage).phase, phasesOf(stage)], ['Healthy', []]);
          }),
        ),
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '60s',
          look('before the switch', (stage) => {
            assert.equal(rolloutOf(stage).phase, 'Paused');
            assert.deepEqual(phasesOf(stage), ['PrePromotion Successful']);
            assert.deepEqual([selectedRevision(stage, 'web-active'), selectedRevision(stage, 'web-preview')], ['1', '2']);
          }),
        ),
        at('61s', ask('promote', '1')),
        at(
          '70s',
          look('behind the switch', (stage) => {
            assert.deepEqual(phasesOf(stage).toSorted(), ['PostPromotion Running', 'PrePromotion Successful']);
            assert.deepEqual(
              [rolloutOf(stage).phase, selectedRevision(stage, 'web-active'), stableRevision(stage)],
              ['Progressing', '2', '1'],
            );
          }),
        ),
        at(
          '85s',
          look('promoted', (stage) => {
            assert.deepEqual(
              [rolloutOf(stage).phase, stableRevision(stage), selectedRevision(stage, 'web-preview')],
              ['Healthy', '2', '2'],
            );
          }),
        ),
        // Inside scaleDownDelaySeconds: the former revision still serves.
        at('90s', applyArgo(argoRollout(strategy))),
        at(
          '95s',
          look('back', (stage) => {
            assert.deepEqual([rolloutOf(stage).phase, stableRevision(stage)], ['Healthy', '3']);
            assert.deepEqual([selectedRevision(stage, 'web-active'), selectedRevision(stage, 'web-preview')], ['3', '3']);
          }),
        ),
      ],
      until: healthyAt(3),
    });
    assert.equal(run.problems, '');
    assert.equal(runsOf(run).length, 2);
  });

  it('is Degraded with the preview left where it is when the analysis before the switch fails, and is measured anew after a retry', async () => {
    const strategy = blueGreen({ pre: 'pre', more: ', abortScaleDownDelaySeconds: 0, previewReplicaCount: 1' });
    const run = await playArgo({
      manifests: [SERVICES, jobTemplate('pre'), argoRollout(strategy, { replicas: 2 })],
      rules: [jobs('pre', (now) => (now < BEGIN + 90_000 ? 'fails' : 'completes'))],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { replicas: 2, tag: 'v2' }))),
        at(
          '80s',
          look('failed', (stage) => {
            assert.deepEqual([rolloutOf(stage).phase, phasesOf(stage)], ['Degraded', ['PrePromotion Failed']]);
            assert.deepEqual(
              [stableRevision(stage), selectedRevision(stage, 'web-active'), selectedRevision(stage, 'web-preview')],
              ['1', '1', '2'],
            );
            assert.equal(sizeOf(stage, '2'), 1, 'abortScaleDownDelaySeconds: 0 keeps the preview');
          }),
        ),
        at('100s', ask('retry', '1')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['PrePromotion Failed', 'PrePromotion Successful']);
    assert.deepEqual([stableRevision(run), selectedRevision(run, 'web-active'), selectedRevision(run, 'web-preview')], ['2', '2', '2']);
  });

  it('leads the active Service back when the analysis behind the switch fails', async () => {
    const strategy = blueGreen({ post: 'post', more: ', autoPromotionEnabled: false' });
    const run = await playArgo({
      manifests: [SERVICES, jobTemplate('post'), argoRollout(strategy)],
      rules: [jobs('post', until(75, 'fails'))],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '60s',
          look('paused', (stage) => {
            assert.deepEqual([rolloutOf(stage).phase, phasesOf(stage), selectedRevision(stage, 'web-active')], ['Paused', [], '1']);
          }),
        ),
        at('61s', ask('promote', '1')),
        at(
          '70s',
          look('switched', (stage) => {
            assert.deepEqual(
              [stableRevision(stage), selectedRevision(stage, 'web-active'), selectedRevision(stage, 'web-preview')],
              ['1', '2', '2'],
            );
          }),
        ),
        at(
          '80s',
          look('back', (stage) => {
            assert.deepEqual(
              [stableRevision(stage), selectedRevision(stage, 'web-active'), selectedRevision(stage, 'web-preview')],
              ['1', '1', '2'],
            );
          }),
        ),
      ],
      until: halted('Degraded'),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['PostPromotion Failed']);
    // Beyond Argo Rollouts, which leaves it empty: once the failed revision has no pods, the preview Service shows stable.
    assert.deepEqual([sizeOf(run, '2'), selectedRevision(run, 'web-preview')], [0, '1']);
  });

  it('rolls the next revision out after one that failed behind the switch, and takes the failed one down', async () => {
    const bad = blueGreen({ post: 'bad' });
    const good = blueGreen({ post: 'good', more: ', autoPromotionEnabled: false' });
    const run = await playArgo({
      manifests: [SERVICES, jobTemplate('bad'), jobTemplate('good'), argoRollout(bad)],
      rules: [jobs('bad', 'fails'), jobs('good', 'completes')],
      timeline: [
        at('31s', applyArgo(argoRollout(bad, { tag: 'v2' }))),
        at(
          '60s',
          look('failed', (stage) => {
            assert.deepEqual([rolloutOf(stage).phase, phasesOf(stage)], ['Degraded', ['PostPromotion Failed']]);
            assert.deepEqual([selectedRevision(stage, 'web-active'), selectedRevision(stage, 'web-preview')], ['1', '2']);
          }),
        ),
        at('61s', applyArgo(argoRollout(good, { tag: 'v3' }))),
        at(
          '100s',
          look('the third waits', (stage) => {
            assert.deepEqual([rolloutOf(stage).phase, sizeOf(stage, '1'), sizeOf(stage, '2'), sizeOf(stage, '3')], ['Paused', 1, 0, 1]);
            assert.deepEqual([selectedRevision(stage, 'web-active'), selectedRevision(stage, 'web-preview')], ['1', '3']);
          }),
        ),
        at('101s', ask('promote', '1')),
      ],
      until: healthyAt(3),
    });
    assert.equal(run.problems, '');
    assert.deepEqual([selectedRevision(run, 'web-active'), selectedRevision(run, 'web-preview'), sizeOf(run, '1')], ['3', '3', 0]);
    assert.deepEqual(phasesOf(run).toSorted(), ['PostPromotion Failed', 'PostPromotion Successful']);
  });

  it('does everything at once in order: a small preview, its analysis, the automatic switch, the analysis behind it, and the way back', async () => {
    const strategy = blueGreen({
      pre: 'pre',
      post: 'post',
      more: ', previewReplicaCount: 1, autoPromotionSeconds: 10, scaleDownDelaySeconds: 5',
    });
    const run = await playArgo({
      manifests: [SERVICES, jobTemplate('pre'), jobTemplate('post'), argoRollout(strategy, { replicas: 2 })],
      rules: [jobs('pre', until(44, 'completes')), jobs('post', until(75, 'fails'))],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { replicas: 2, tag: 'v2' }))),
        at(
          '40s',
          look('the small preview is judged', (stage) => {
            assert.deepEqual(
              [selectedRevision(stage, 'web-active'), selectedRevision(stage, 'web-preview'), stableRevision(stage)],
              ['1', '2', '1'],
            );
            assert.deepEqual([sizeOf(stage, '1'), sizeOf(stage, '2'), phasesOf(stage)], [2, 1, ['PrePromotion Running']]);
          }),
        ),
        at(
          '50s',
          look('autoPromotionSeconds count from the verdict on', (stage) => {
            assert.deepEqual([rolloutOf(stage).phase, selectedRevision(stage, 'web-active'), sizeOf(stage, '2')], ['Paused', '1', 1]);
            assert.deepEqual(countsOf(stage), [3, 1, 2, 2]);
          }),
        ),
        at(
          '68s',
          look('switched at full size', (stage) => {
            assert.deepEqual([selectedRevision(stage, 'web-active'), sizeOf(stage, '1'), sizeOf(stage, '2')], ['2', 2, 2]);
            assert.deepEqual(countsOf(stage), [4, 2, 2, 2]);
            assert.deepEqual(phasesOf(stage).toSorted(), ['PostPromotion Running', 'PrePromotion Successful']);
          }),
        ),
        at(
          '80s',
          look('the way back', (stage) => {
            assert.deepEqual(
              [rolloutOf(stage).phase, selectedRevision(stage, 'web-active'), selectedRevision(stage, 'web-preview')],
              ['Degraded', '1', '2'],
            );
            assert.deepEqual(
              [sizeOf(stage, '1'), sizeOf(stage, '2')],
              [2, 2],
              'the former revision never shrank while the verdict was open',
            );
          }),
        ),
      ],
      until: halted('Degraded'),
    });
    assert.equal(run.problems, '');
  });

  it('pauses on an inconclusive analysis before the switch, runs none more by itself, and measures again once resumed', async () => {
    const strategy = blueGreen({ pre: 'pre' });
    const run = await playArgo({
      manifests: [SERVICES, jobTemplate('pre'), argoRollout(strategy)],
      rules: [jobs('pre', (now) => (now < BEGIN + 120_000 ? 'cannot start' : 'completes'))],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '110s',
          look('paused', (stage) => {
            assert.deepEqual(
              [rolloutOf(stage).phase, phasesOf(stage), selectedRevision(stage, 'web-active')],
              ['Paused', ['PrePromotion Inconclusive'], '1'],
            );
          }),
        ),
        at('121s', ask('resume', '1')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['PrePromotion Inconclusive', 'PrePromotion Successful']);
  });

  it('pauses on an inconclusive analysis behind the switch with the new revision serving', async () => {
    const strategy = blueGreen({ post: 'post' });
    const run = await playArgo({
      manifests: [SERVICES, jobTemplate('post'), argoRollout(strategy)],
      rules: [jobs('post', 'cannot start')],
      timeline: [at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' })))],
      until: rolloutIs('shop/web', 'Paused'),
    });
    assert.equal(run.problems, '');
    assert.deepEqual([stableRevision(run), selectedRevision(run, 'web-active'), sizeOf(run, '1')], ['1', '2', 1]);
  });

  it('does not begin the analysis before the switch while the preview has not all its pods', async () => {
    const strategy = blueGreen({ pre: 'pre' });
    const run = await playArgo({
      manifests: [SERVICES, jobTemplate('pre'), argoRollout(strategy, { replicas: 2 })],
      rules: [jobs('pre', 'completes')],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { replicas: 2, tag: 'v2' }))),
        at(
          '45s',
          look('pods come up', (stage) => assert.deepEqual(phasesOf(stage), [])),
        ),
      ],
      until: healthyAt(2),
      more: {
        behaviour: (pod) => ({ type: 'ready-after', delay: millis(JSON.stringify(pod).includes('web:v2') ? 20_000 : 1000) }),
      },
    });
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['PrePromotion Successful']);
  });
});
