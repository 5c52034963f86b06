import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Scenario, ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, metric } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';
import { BLUE_GREEN_SERVICES, blueGreenWeb, settledAt } from './blue-green-lab.ts';
import { ask, askAbort, scenario, statusAtEnd, template } from './lab.ts';
import { playGolden } from './play-golden.ts';

const SUCCESS = '{templates: [{templateName: success}]}';
const BOTH = `prePromotionAnalysis: ${SUCCESS}, postPromotionAnalysis: ${SUCCESS}`;

/** `more` are fields of blueGreen in flow style. */
const web = (tag: string, fields = ''): string => blueGreenWeb({ tag, fields });

/** Until the release was given up, and the preview has left. */
function givenUp(): Until {
  return rolloutIs('shop/web', 'Degraded', (status) => status.currentPodHash !== status.stableRS && status['replicas'] === 4);
}

function play(name: string, more: string, rest: Omit<Parameters<typeof scenario>[1], 'startController'>): Promise<ScenarioRun> {
  return playGolden(name, (): Scenario => scenario([BLUE_GREEN_SERVICES, template(), web('v1', more)], rest));
}

describe('a blue-green release by the real controller', () => {
  it('deploys a first revision and gives the active Service its hash when all pods are there', async () => {
    await play('blue-green-first-deploy', BOTH, { until: settledAt(1) });
  });

  it('is promoted when both analyses pass', async () => {
    await play('blue-green-promoted', BOTH, {
      timeline: [at('0s', metric('success', 0.99)), at('60s', apply(web('v2', BOTH)))],
      until: settledAt(2),
      quiet: '1m',
    });
  });

  it('keeps a small preview until a person promotes', async () => {
    const more = 'previewReplicaCount: 1, autoPromotionEnabled: false';
    await play('blue-green-manual-promotion', more, {
      timeline: [at('60s', apply(web('v2', more))), at('4m', ask('promote', '1'))],
      until: settledAt(2),
    });
  });

  it('gives the traffic back when the analysis after the switch is breached', async () => {
    const more = `postPromotionAnalysis: ${SUCCESS}`;
    const run = await play('blue-green-breach-after-switch', more, {
      timeline: [at('0s', metric('success', 0.5)), at('60s', apply(web('v2', more)))],
      until: givenUp(),
      quiet: '1m',
    });
    assert.equal(statusAtEnd(run).abort, true);
  });

  it('never switches when the analysis before the switch is breached', async () => {
    await play('blue-green-breach-before-switch', BOTH, {
      timeline: [at('0s', metric('success', 0.5)), at('60s', apply(web('v2', BOTH)))],
      until: givenUp(),
      quiet: '1m',
    });
  });

  it('is aborted in its pause, and the preview leaves after its delay', async () => {
    const more = 'autoPromotionEnabled: false';
    await play('blue-green-abort', more, {
      timeline: [at('60s', apply(web('v2', more))), at('3m', askAbort('1'))],
      until: givenUp(),
      quiet: '1m',
    });
  });

  it('moves on to a revision that comes mid-way', async () => {
    const more = 'autoPromotionSeconds: 60';
    await play('blue-green-new-revision', more, {
      timeline: [at('60s', apply(web('v2', more))), at('90s', apply(web('v3', more)))],
      until: settledAt(3),
      quiet: '1m',
    });
  });

  it('goes back fast to a revision that is still warm', async () => {
    const more = 'scaleDownDelaySeconds: 600';
    await play('blue-green-fast-rollback', more, {
      timeline: [at('60s', apply(web('v2', more))), at('3m', apply(web('v1', `${more}, autoPromotionEnabled: false`)))],
      until: settledAt(3),
    });
  });
});
