import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROLLOUT } from '../../src/api/kinds.ts';
import type { PortFault, PortRequest } from '../../src/sim/scenario/incarnation.ts';
import { runScenario, type Scenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { type Disturbance, faultAt, sweep } from '../../src/sim/scenario/sweep.ts';
import { at, metric, type TimelineEvent } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';
import { conditionsAtEnd, statusAtEnd } from './lab.ts';
import {
  BAD,
  CONFIG_FILE,
  createStory,
  FIRST,
  FIX,
  INITIAL,
  METRIC,
  ROLLOUT_FILE,
  release,
  restoreCommits,
  type StoryHands,
  servedImages,
  storyEnd,
  storyOf,
} from './story.ts';

const REF = 'shop/checkout';

/** The first release stands; the next commit changes image and ConfigMap, and its canary fails at once. */
function badRelease({ commit }: StoryHands): readonly TimelineEvent[] {
  return [at('0s', metric(METRIC, 0.62)), commit('100s', 'checkout 1.2: pay faster', release(BAD))];
}

const restored = (): Scenario => ({ ...createStory({ timeline: badRelease }).scenario, quiet: '1m' });

const REFUSALS: readonly PortFault[] = [
  { type: 'status', status: 403, applied: false },
  { type: 'status', status: 409, applied: false },
  { type: 'status', status: 500, applied: true },
  { type: 'timeout', applied: false },
  { type: 'timeout', applied: true },
];
const CRASHES: readonly PortFault[] = [
  { type: 'crash', when: 'before' },
  { type: 'crash', when: 'after' },
];

/** Writes of the GitSync from the last ConfigMap that it applied: those of the restore commit, and its record of them. */
function restoreWrites({ requests }: ScenarioRun): readonly PortRequest[] {
  const from = requests.findLastIndex((request) => request.verb === 'apply' && request.ref === 'shop/checkout-config');
  return requests.slice(from).filter(({ verb, kind }) => verb === 'apply' || (verb === 'update' && kind.kind === 'GitSync'));
}

function disturbances(reference: ScenarioRun): readonly Disturbance[] {
  const writes = restoreWrites(reference);
  const kinds = writes.map((request) => request.kind.kind);
  assert.deepEqual(kinds, ['ConfigMap', 'Rollout', 'GitSync'], 'one write after the other');
  return writes.flatMap((request) => [...REFUSALS, ...CRASHES].map((fault) => faultAt(reference, request, fault)));
}

/** Every revision that ever had a ReplicaSet. */
function revisions(run: ScenarioRun): number {
  const sets = run.requests.filter((request) => request.verb === 'create' && request.kind.kind === 'ReplicaSet');
  return new Set(sets.map((request) => request.ref)).size;
}

/** The API server refuses each of these applies until the given one of them is counted. */
function refusing(scenario: Scenario, ref: string, from: number, times: number): Scenario {
  let seen = 0;
  return {
    ...scenario,
    faults: (request) => {
      if (request.verb !== 'apply' || request.ref !== ref || request.kind.kind === 'Service') return undefined;
      seen += 1;
      return seen > from && seen <= from + times ? { type: 'status', status: 403, applied: false } : undefined;
    },
  };
}

function untilHealthy(): Until {
  return rolloutIs(REF, 'Healthy', (status) => status['currentPodHash'] === status['stableRS'] && Number(status['revision']) > 1);
}

describe('a restore commit that is applied in part', () => {
  it('ends with the stable revision, Reverted, when any of its writes fails once or the controller is killed around it', async () => {
    const result = await sweep(restored, disturbances, { end: (run) => [...storyEnd(run), `${revisions(run)} revisions`] });
    assert.equal(result.problems, '');
    assert.equal(result.runs, 21);
    const { reference } = result;
    assert.ok(conditionsAtEnd(reference, REF).includes('Ready=True/Reverted'));
    assert.equal(statusAtEnd(reference, REF).rollback?.state, 'Applied');
    assert.equal(restoreCommits(storyOf(reference.sim).remote).length, 1);
    assert.equal(revisions(reference), 2);
    assert.deepEqual(new Set(servedImages(reference.sim)), new Set([FIRST.image]));
  });

  it('starts no revision of the mix although the Rollout is refused for minutes, and says what it waits for', async () => {
    const waiting = refusing(restored(), REF, 2, 1000);
    const held = await runScenario({
      ...waiting,
      until: rolloutIs(REF, 'Degraded', (status) => String(status.message).includes('has applied only a part of commit')),
      quiet: '2m',
    });
    assert.equal(held.problems, '');
    assert.equal(revisions(held), 2);
    assert.equal(statusAtEnd(held, REF).rollback?.state, 'Pushed');
    assert.ok(conditionsAtEnd(held, REF).includes('ConfigAvailable=False/CommitIncomplete'));
    assert.deepEqual(new Set(servedImages(held.sim)), new Set([FIRST.image]));

    const mended = await runScenario(refusing(restored(), REF, 2, 6));
    assert.equal(mended.problems, '');
    assert.equal(revisions(mended), 2);
    assert.equal(statusAtEnd(mended, REF).rollback?.state, 'Applied');
    assert.equal(restoreCommits(storyOf(mended.sim).remote).length, 1);
  });
});

describe('a release whose commit is applied in part', () => {
  const LIMITS = 'shop/limits';
  const limits = (value: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits}\ndata: {orders: '${value}'}\n`;
  const withLimits = (rollout: string): string =>
    rollout.replace(
      '- configMapRef: {name: checkout-config}',
      '- configMapRef: {name: checkout-config}\n            - configMapRef: {name: limits}',
    );
  const files = (of: typeof FIX, orders: string) => ({
    [ROLLOUT_FILE]: withLimits(release(of)[ROLLOUT_FILE] ?? ''),
    [CONFIG_FILE]: release(of)[CONFIG_FILE] ?? '',
    'shop/limits.yaml': limits(orders),
  });
  const make = (): Scenario =>
    createStory({
      initial: { ...INITIAL, ...files(FIRST, '1') },
      timeline: ({ commit }) => [at('0s', metric(METRIC, 0.999)), commit('100s', 'checkout 1.3', files(FIX, '2'))],
      until: untilHealthy(),
    }).scenario;

  it('waits for the ConfigMap that could not be applied, although another one was, and is one revision then', async () => {
    const held = await runScenario({
      ...refusing(make(), LIMITS, 1, 1000),
      until: rolloutIs(REF, 'Progressing', (status) => /only a part/u.test(String(status.message))),
      quiet: '2m',
    });
    assert.equal(held.problems, '');
    assert.equal(revisions(held), 1);
    assert.ok(conditionsAtEnd(held, REF).includes('ConfigAvailable=False/CommitIncomplete'));

    const applied = await runScenario(refusing(make(), LIMITS, 1, 6));
    assert.equal(applied.problems, '');
    assert.equal(revisions(applied), 2);
    assert.equal(applied.sim.snapshot(ROLLOUT).length, 1);
    assert.deepEqual(new Set(servedImages(applied.sim)), new Set([FIX.image]));
  });
});
