import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REPLICA_SET, SERVICE } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ALL_INVARIANTS } from '../../src/sim/invariants/all-invariants.ts';
import { AVAILABILITY_HOLDS } from '../../src/sim/invariants/capacity.ts';
import { countsOf, hashOf } from '../../src/sim/invariants/world-view.ts';
import { expectGolden } from '../../src/sim/scenario/expect-golden.ts';
import { runScenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { type Action, apply, at, perform, type Stage } from '../../src/sim/scenario/timeline.ts';
import { conditionsAtEnd, FOR_EVER, halted, healthyAt, scenario, services, statusAtEnd, web } from './lab.ts';

/** The ReplicaSet of this image. */
function setOf(stage: Pick<Stage, 'sim'>, tag: string): KubeObject {
  const found = stage.sim.snapshot(REPLICA_SET).find((set) => JSON.stringify(set['spec']).includes(`"web:${tag}"`));
  assert.ok(found, tag);
  return found;
}

function patchSet(what: string, tag: string, metadata: (stage: Pick<Stage, 'sim'>) => Readonly<Record<string, unknown>>): Action {
  return perform(what, async (stage) => {
    const { namespace = '', name } = setOf(stage, tag).metadata;
    const body = { metadata: metadata(stage) };
    await stage.cluster.patch(REPLICA_SET, { namespace, name }, { type: 'merge', body }, { fieldManager: 'kubectl' });
  });
}

function ownersOf(run: ScenarioRun, tag: string): readonly string[] {
  return (setOf(run, tag).metadata.ownerReferences ?? []).map((owner) => `${owner.kind} ${owner.name}`);
}

/** Somebody else becomes the controller of stable's ReplicaSet. */
const TAKEN = patchSet('another controller takes the ReplicaSet of v1', 'v1', ({ sim }) => {
  const { uid = '', name = '' } = sim.snapshot(SERVICE)[0]?.metadata ?? {};
  return { ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid, controller: true }] };
});
const GIVEN_BACK = patchSet('and leaves it again', 'v1', () => ({ ownerReferences: null }));

// What people do to owners is nothing that the controller answers for.
const INVARIANTS = ALL_INVARIANTS.filter((invariant) => invariant !== AVAILABILITY_HOLDS);

describe('a ReplicaSet whose labels stop matching the selector', () => {
  it('is released when it has neither pods nor a part in the release', async () => {
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [
          at('60s', apply(web({ tag: 'v2' }))),
          at(
            '5m',
            patchSet('the label app of v1 is changed', 'v1', () => ({ labels: { app: 'detached' } })),
          ),
        ],
        until: {
          what: 'v1 has no owner',
          holds: (sim) =>
            setOf({ sim }, 'v1').metadata.labels?.['app'] === 'detached' &&
            (setOf({ sim }, 'v1').metadata.ownerReferences ?? []).length === 0,
        },
        settle: '2m',
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(ownersOf(run, 'v1'), []);
    assert.deepEqual(ownersOf(run, 'v2'), ['Rollout web']);
    assert.equal(statusAtEnd(run).phase, 'Healthy');
  });

  it('is kept, with a condition, as long as it serves, and released once the next revision is stable', async () => {
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [
          at(
            '60s',
            patchSet('the label app of v1 is changed', 'v1', () => ({ labels: { app: 'detached' } })),
          ),
          at('2m', apply(web({ tag: 'v2' }))),
        ],
        until: healthyAt(2),
        settle: '2m',
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(ownersOf(run, 'v1'), []);
    assert.equal(countsOf(setOf(run, 'v1')).spec, 0);
    const told = run.writes.some(({ after }) => JSON.stringify(after?.['status'] ?? {}).includes('"ReplicaSetUnmatched"'));
    assert.ok(told, 'the condition was there while it served');
    assert.ok(!conditionsAtEnd(run).some((one) => one.startsWith('ReplicaSetUnmatched')), 'and went with it');
    expectGolden('replica-set-unmatched', run.text);
  });
});

describe('the ReplicaSet of the stable revision', () => {
  it('that another controller took is no reason to send everything to the canary: nothing moves until it is given back', async () => {
    const run = await runScenario(
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))), at('2m', TAKEN), at('5m', GIVEN_BACK)],
        until: halted('Paused'),
        invariants: INVARIANTS,
      }),
    );
    assert.equal(run.problems, '');
    expectGolden('stable-set-taken', run.text);
  });

  it('that lost our label is recognised by its name, and the release goes on once the label is back', async () => {
    const relabel = (label: (stage: Pick<Stage, 'sim'>) => string | null): Action =>
      patchSet('the hash label of v1 is changed', 'v1', (stage) => ({ labels: { [POD_TEMPLATE_HASH]: label(stage) } }));
    const run = await runScenario(
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [
          at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))),
          at(
            '2m',
            relabel(() => null),
          ),
          at(
            '4m',
            relabel((stage) => setOf(stage, 'v1').metadata.name.split('-').at(-1) ?? ''),
          ),
        ],
        until: halted('Paused'),
        invariants: INVARIANTS,
      }),
    );
    assert.equal(run.problems, '');
    assert.match(run.text, /stalled: ReplicaSetTaken/);
    assert.equal(countsOf(setOf(run, 'v2')).spec, 1);
    assert.equal(hashOf(setOf(run, 'v1')), statusAtEnd(run).stableRS);
  });

  it('that was really deleted leaves the canary to serve, as before', async () => {
    const remove = perform('somebody deletes the ReplicaSet of v1', async (stage) => {
      const { namespace = '', name } = setOf(stage, 'v1').metadata;
      await stage.cluster.remove(REPLICA_SET, { namespace, name }, {});
    });
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [at('60s', apply(web({ tag: 'v2' }))), at('75s', remove)],
        until: healthyAt(2),
        invariants: [],
      }),
    );
    assert.equal(run.problems, '');
    assert.ok(!run.text.includes('ReplicaSetTaken'));
  });
});
