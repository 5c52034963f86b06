import { crashSweep, faultSweep } from '../../src/sim/scenario/crash-sweep.ts';
import type { Scenario } from '../../src/sim/scenario/run-scenario.ts';
import { staleSweep } from '../../src/sim/scenario/stale-sweep.ts';
import type { SweepOptions, SweepResult } from '../../src/sim/scenario/sweep.ts';
import { apply, at, metric } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { ask, askAbort, halted, healthyAt, JUDGED_STEPS, scenario, services, template, web } from './lab.ts';

const FOR_EVER = '[{setWeight: 25}, {pause: {}}]';
const frozen = (tag: string): string => web({ steps: JUDGED_STEPS, tag, spec: 'rollback: {onFailure: Freeze}' });

/** Rollouts without Git in which a person or a new template comes in between, each as a fresh scenario. */
export const SWEPT_ROLLOUTS: Readonly<Record<string, () => Scenario>> = {
  'a new revision mid-step': () =>
    scenario([services(), web()], {
      timeline: [at('60s', apply(web({ tag: 'v2' }))), at('100s', apply(web({ tag: 'v3' })))],
      until: healthyAt(3),
      quiet: '2m',
    }),
  'back to stable mid-step': () =>
    scenario([services(), web()], {
      timeline: [at('60s', apply(web({ tag: 'v2' }))), at('100s', apply(web({ tag: 'v1' })))],
      until: healthyAt(3),
      quiet: '2m',
    }),
  'abort and retry': () =>
    scenario([services(), web({ steps: FOR_EVER })], {
      timeline: [
        at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))),
        at('2m', askAbort('1')),
        at('4m', ask('retry', '1')),
        at('6m', ask('promote-full', '2')),
      ],
      until: healthyAt(2),
      quiet: '2m',
    }),
  'an abort that stays': () =>
    scenario([services(), web({ steps: FOR_EVER })], {
      timeline: [at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))), at('2m', askAbort('1'))],
      until: halted('Degraded'),
      quiet: '2m',
    }),
  'a breach that freezes': () =>
    scenario([services(), template(), frozen('v1')], {
      timeline: [at('0s', metric('success', 0.5)), at('60s', apply(frozen('v2')))],
      until: rolloutIs('shop/web', 'Degraded', (status) => status.currentPodHash !== status.stableRS),
      quiet: '2m',
    }),
  'a verdict that never comes': () =>
    scenario([services(), template(), frozen('v1')], {
      timeline: [at('60s', apply(frozen('v2')))],
      until: halted('Paused'),
      quiet: '2m',
    }),
};

const SWEEPS = { crash: crashSweep, fault: faultSweep, stale: staleSweep } as const;

/** One sweep over one of {@link SWEPT_ROLLOUTS}. */
export function rolloutSweep(kind: keyof typeof SWEEPS, name: string, options: SweepOptions): Promise<SweepResult> {
  const make = SWEPT_ROLLOUTS[name];
  if (make === undefined) throw new Error(`there is no rollout '${name}' to sweep`);
  return SWEEPS[kind](make, options);
}
