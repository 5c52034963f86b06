import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANALYSIS_RUN, JOB, POD } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import type { ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, podsBehave } from '../../src/sim/scenario/timeline.ts';
import { halted, healthyAt, scenario, services, statusAtEnd, web } from './lab.ts';
import { playGolden } from './play-golden.ts';

/** A template that runs a smoke test as a Job. */
function smoke(more = 'backoffLimit: 1'): string {
  return `
apiVersion: sluice.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: smoke, namespace: shop}
spec:
  metrics:
  - name: smoke
    provider:
      job:
        spec:
          ${more}
          template: {spec: {restartPolicy: Never, containers: [{name: smoke, image: "smoke:1"}]}}
`;
}

const STEPS = '[{setWeight: 25}, {analysis: {templates: [{templateName: smoke}]}}]';
const of = (tag: string): string => web({ tag, steps: STEPS, spec: 'rollback: {onFailure: Abort}' });
const release = at('60s', apply(of('v2')));

function ends(exitCode: number) {
  return at('0s', podsBehave('smoke:1', { type: 'ends', delay: millis(5000), exitCode }));
}

function jobs(run: ScenarioRun): readonly unknown[] {
  return run.sim
    .snapshot(JOB)
    .map((job) => (job['status'] as { conditions?: readonly { type: string; reason: string }[] }).conditions?.at(-1)?.reason);
}

describe('a step that is judged by a Job', () => {
  it('passes when the Job completes, and the release is promoted', async () => {
    const run = await playGolden('job-completed', () =>
      scenario([services(), smoke(), of('v1')], { timeline: [ends(0), release], until: healthyAt(2) }),
    );
    assert.deepEqual(jobs(run), ['CompletionsReached']);
  });

  it('is a breach once the Job failed more often than its backoffLimit allows', async () => {
    const run = await playGolden('job-failed', () =>
      scenario([services(), smoke(), of('v1')], { timeline: [ends(3), release], until: halted('Degraded') }),
    );
    assert.deepEqual(jobs(run), ['BackoffLimitExceeded']);
    assert.equal(run.sim.snapshot(POD).filter((pod) => pod.metadata.labels?.['job-name'] !== undefined).length, 2);
    assert.equal(statusAtEnd(run).abort, true);
  });

  it('is a breach when the Job does not end before its own deadline', async () => {
    const run = await playGolden('job-deadline', () =>
      scenario([services(), smoke('activeDeadlineSeconds: 120'), of('v1')], {
        timeline: [at('0s', podsBehave('smoke:1', { type: 'ready-after', delay: millis(1000) })), release],
        until: halted('Degraded'),
      }),
    );
    assert.deepEqual(jobs(run), ['DeadlineExceeded']);
  });

  it('is neither when the image of the Job cannot be pulled: the release pauses', async () => {
    const run = await playGolden('job-image-error', () =>
      scenario([services(), smoke(), of('v1')], {
        timeline: [at('0s', podsBehave('smoke:1', { type: 'image-pull-error' })), release],
        until: halted('Paused'),
      }),
    );
    assert.equal(run.sim.snapshot(ANALYSIS_RUN).length, 1);
    assert.equal(statusAtEnd(run).abort ?? false, false);
  });
});
