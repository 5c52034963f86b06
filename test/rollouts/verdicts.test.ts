import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANALYSIS_RUN } from '../../src/api/kinds.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, metric } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { ask, conditionsAtEnd, halted, healthyAt, JUDGED_STEPS, scenario, services, statusAtEnd, template, web } from './lab.ts';
import { playGolden } from './play-golden.ts';
import { startManager } from './start-manager.ts';

function judged(tag: string, onFailure?: 'Revert' | 'Abort' | 'Freeze'): string {
  return web({ steps: JUDGED_STEPS, tag, ...(onFailure === undefined ? {} : { spec: `rollback: {onFailure: ${onFailure}}` }) });
}

function manifests(onFailure?: 'Revert' | 'Abort' | 'Freeze', more?: string): readonly string[] {
  return [services(), template(more), judged('v1', onFailure)];
}

describe('a verdict on a canary', () => {
  it('takes traffic back on a breach with onFailure Abort, keeps the revision quarantined and writes no rollback', async () => {
    const run = await playGolden('breach-abort', () =>
      scenario(manifests('Abort'), {
        timeline: [at('0s', metric('success', 0.5)), at('60s', apply(judged('v2', 'Abort')))],
        until: halted('Degraded'),
      }),
    );
    const status = statusAtEnd(run);
    assert.equal(status.abort, true);
    assert.equal(status.rollback, undefined);
    assert.equal((status['quarantine'] as readonly unknown[]).length, 1);
    assert.ok(conditionsAtEnd(run).includes('Ready=False/GateFailed'), conditionsAtEnd(run).join(' '));
  });

  it('leaves weights where they are on a breach with onFailure Freeze, until somebody promotes in full', async () => {
    await playGolden('breach-freeze', () =>
      scenario(manifests('Freeze'), {
        timeline: [
          at('0s', metric('success', 0.5)),
          at('60s', apply(judged('v2', 'Freeze'))),
          at('5m', metric('success', 0.99)),
          at('5m', ask('promote-full', '1')),
        ],
        until: healthyAt(2),
      }),
    );
  });

  it('takes traffic back on a breach with onFailure Revert and says what is missing when no Git target is known', async () => {
    const run = await playGolden('breach-revert-without-target', () =>
      scenario(manifests('Revert'), {
        timeline: [at('0s', metric('success', 0.5)), at('60s', apply(judged('v2', 'Revert')))],
        until: halted('Degraded'),
      }),
    );
    assert.equal(statusAtEnd(run).rollback?.state, 'Blocked');
  });

  it('rolls a fix out after a breach', async () => {
    await playGolden('fix-after-breach', () =>
      scenario(manifests(), {
        timeline: [
          at('0s', metric('success', 0.5)),
          at('60s', apply(judged('v2'))),
          at('4m', metric('success', 0.99)),
          at('4m', apply(judged('v3'))),
        ],
        until: healthyAt(3),
      }),
    );
  });

  it('does not roll a quarantined template out again by itself, and does on retry', async () => {
    await playGolden('quarantined-again', () =>
      scenario(manifests(), {
        timeline: [
          at('0s', metric('success', 0.5)),
          at('60s', apply(judged('v2'))),
          at('4m', apply(judged('v1'))),
          at('5m', metric('success', 0.99)),
          at('5m', apply(judged('v2'))),
          at('10m', ask('retry', '1')),
        ],
        until: rolloutIs('shop/web', 'Healthy', (status) => status.stableRS !== undefined && Number(status['revision']) >= 4),
      }),
    );
  });

  it('pauses when there is no data, commits nothing, and goes on after resume once there is data', async () => {
    const run = await playGolden('unknown-no-data', () =>
      scenario(manifests('Revert'), {
        timeline: [
          at('0s', metric('success', undefined)),
          at('60s', apply(judged('v2', 'Revert'))),
          at('8m', metric('success', 0.99)),
          at('8m', ask('resume', '1')),
        ],
        until: healthyAt(2),
      }),
    );
    assert.equal(statusAtEnd(run).rollback, undefined);
  });

  it('pauses when the provider cannot be reached, commits nothing, and goes on after resume once it is back', async () => {
    const back = Date.UTC(2026, 0, 1, 0, 8);
    const down = { kind: 'failed', reason: 'unreachable', message: 'connection refused', retryable: true } as const;
    const run = await playGolden('unknown-provider-down', () =>
      scenario(manifests('Revert'), {
        startController: startManager({ rules: [{ match: 'success', value: (now) => (now < back ? down : 0.99) }] }),
        timeline: [at('60s', apply(judged('v2', 'Revert'))), at('8m', ask('resume', '1'))],
        until: healthyAt(2),
      }),
    );
    assert.equal(statusAtEnd(run).rollback, undefined);
  });

  it('pauses when the metrics are no numbers, and never takes it for a breach', async () => {
    const run = await playGolden('unknown-not-a-number', () =>
      scenario([services(), template('consecutiveErrorLimit: 2'), judged('v1', 'Revert')], {
        timeline: [at('0s', metric('success', Number.NaN)), at('60s', apply(judged('v2', 'Revert')))],
        until: halted('Paused'),
      }),
    );
    assert.equal(statusAtEnd(run).rollback, undefined);
    assert.equal(statusAtEnd(run).abort ?? false, false);
  });

  it('sees a breach among measurements without data', async () => {
    const run = await runScenario(
      scenario(manifests('Abort', 'inconclusiveLimit: 3'), {
        timeline: [at('0s', metric('success', undefined)), at('60s', apply(judged('v2', 'Abort'))), at('70s', metric('success', 0.5))],
        until: halted('Degraded'),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(
      run.sim.snapshot(ANALYSIS_RUN).map((object) => (object['status'] as { readonly phase: string }).phase),
      ['Failed'],
    );
  });
});
