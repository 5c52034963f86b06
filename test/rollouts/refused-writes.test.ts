import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REPLICA_SET, SERVICE } from '../../src/api/kinds.ts';
import { REVISION } from '../../src/api/labels.ts';
import { millis } from '../../src/api/time.ts';
import { viewRollout } from '../../src/sim/invariants/world-view.ts';
import { runScenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { type Action, apply, at, injectFault, perform, podsBehave } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { conditionsAtEnd, findRollout, halted, healthyAt, scenario, services, statusAtEnd, web } from './lab.ts';
import { playGolden } from './play-golden.ts';

const REFUSED = 422;

/** The next creations of ReplicaSets are refused. */
function refuseSets(times: number): Action {
  return injectFault(
    (request) => request.verb === 'create' && request.kind.kind === 'ReplicaSet',
    { type: 'status', status: REFUSED, applied: false },
    times,
  );
}

function creationsOf(run: ScenarioRun, kind: string): number {
  return run.requests.filter((request) => request.verb === 'create' && request.kind.kind === kind).length;
}

describe('a ReplicaSet that the API server refuses', () => {
  it('becomes a condition beside what serves, is tried again with growing waits, and the release goes on once it is allowed', async () => {
    const run = await playGolden('replica-set-refused', () =>
      scenario([services(), web()], {
        timeline: [at('50s', refuseSets(4)), at('60s', apply(web({ tag: 'v2' })))],
        until: healthyAt(2),
      }),
    );
    assert.match(run.text, /t\+01:00 rollout web: Degraded; [^\n]*stalled: ReplicaSetCreateError/);
  });

  it("names Argo Rollouts' condition and what to do, and is not asked for in a loop", async () => {
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [at('50s', refuseSets(1000)), at('60s', apply(web({ tag: 'v2' })))],
        until: halted('Degraded'),
        settle: '8m',
      }),
    );
    assert.equal(run.problems, '');
    assert.ok(conditionsAtEnd(run).includes('ReplicaFailure=True/ReplicaSetCreateError'), conditionsAtEnd(run).join(' '));
    assert.match(statusAtEnd(run).message ?? '', /ReplicaSet web-\S+ cannot be made: .*; correct the pod template, or what refuses it/);
    assert.ok(creationsOf(run, 'ReplicaSet') < 40, `${creationsOf(run, 'ReplicaSet')} creations`);
  });

  it('is one that somebody else has the name of: it is left alone, and named', async () => {
    const taken = perform('somebody makes a ReplicaSet of the name of v2', async ({ cluster, sim }) => {
      const [set] = sim.snapshot(REPLICA_SET);
      const hash = viewRollout(findRollout({ sim }, 'shop/web'))?.status.currentPodHash ?? '';
      const { uid = '' } = sim.snapshot(SERVICE)[0]?.metadata ?? {};
      const owner = { apiVersion: 'v1', kind: 'Service', name: 'web-stable', uid, controller: true };
      const metadata = { name: `web-${hash}`, namespace: 'shop', labels: set?.metadata.labels ?? {}, ownerReferences: [owner] };
      assert.ok(set);
      await cluster.create(REPLICA_SET, { ...set, metadata, status: undefined }, { fieldManager: 'kubectl' });
    });
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [at('50s', refuseSets(1)), at('60s', apply(web({ tag: 'v2' }))), at('61s', taken)],
        until: rolloutIs('shop/web', 'Degraded', (status) => JSON.stringify(status['message']).includes('belongs to something else')),
        settle: '2m',
      }),
    );
    assert.match(statusAtEnd(run).message ?? '', /exists and belongs to something else: rename or delete it/);
    assert.ok(conditionsAtEnd(run).includes('ReplicaFailure=True/ReplicaSetCreateError'));
    const owners = run.sim.snapshot(REPLICA_SET).map((set) => set.metadata.ownerReferences?.[0]?.kind);
    assert.deepEqual(new Set(owners), new Set(['Rollout', 'Service']));
  });
});

describe('a ReplicaSet whose pods the API server refuses', () => {
  const QUOTA = 'pods "web-" is forbidden: exceeded quota: small, requested: pods=1, used: pods=4, limited: pods=4';

  /** What the ReplicaSet controller says of the newest ReplicaSet. */
  function say(conditions: readonly Readonly<Record<string, string>>[]): Action {
    return perform('the ReplicaSet controller says why', async ({ cluster, sim }) => {
      const set = sim.snapshot(REPLICA_SET).find((one) => one.metadata.annotations?.[REVISION] === '2');
      const body = { status: { conditions } };
      const { namespace, name = '' } = set?.metadata ?? {};
      await cluster.patch(
        REPLICA_SET,
        { namespace, name },
        { type: 'merge', body },
        { subresource: 'status', fieldManager: 'kube-controller-manager' },
      );
    });
  }

  it('is told with its reason while it lasts, by the condition of Argo Rollouts and in the message', async () => {
    const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: QUOTA };
    const seen: (readonly [string, boolean])[] = [];
    const look = perform('looked', (stage) => {
      const status = statusAtEnd(stage);
      seen.push([
        String(status.message).includes(QUOTA) ? 'told' : 'not told',
        conditionsAtEnd(stage).includes('ReplicaFailure=True/FailedCreate'),
      ]);
    });
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [
          at('50s', podsBehave('web:v2', { type: 'never-ready' })),
          at('60s', apply(web({ tag: 'v2' }))),
          at('65s', say([failure])),
          at('70s', look),
          at('75s', say([])),
          at('80s', look),
          at('81s', podsBehave('web:v2', { type: 'ready-after', delay: millis(1000) })),
        ],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(seen, [
      ['told', true],
      ['not told', false],
    ]);
  });
});

describe('a Service of spec.service that the API server refuses', () => {
  it('becomes a condition, holds the release, and is made once it is allowed', async () => {
    const refuse = (times: number): Action =>
      injectFault(
        (request) => request.verb === 'create' && request.kind.kind === 'Service',
        { type: 'status', status: REFUSED, applied: false },
        times,
      );
    const made = 'service: {ports: [{port: 80}]}';
    const run = await runScenario(
      scenario([], { timeline: [at('1s', refuse(5)), at('2s', apply(web({ spec: made })))], until: healthyAt(1) }),
    );
    assert.equal(run.problems, '');
    assert.match(run.text, /stalled: ServiceCreateError/);
    assert.equal(run.sim.snapshot(SERVICE).length, 2);
    assert.deepEqual(
      conditionsAtEnd(run).filter((one) => one.startsWith('Service')),
      [],
    );
  });

  it('becomes a condition when only its ports are refused', async () => {
    const spec = (targetPort: string): string => `service: {ports: [{port: 80, targetPort: ${targetPort}}]}`;
    const refuse = injectFault(
      (request) => request.verb === 'patch' && request.kind.kind === 'Service',
      { type: 'status', status: REFUSED, applied: false },
      1000,
    );
    const run = await runScenario(
      scenario([web({ spec: spec('8080') })], {
        timeline: [at('50s', refuse), at('60s', apply(web({ spec: spec('web') })))],
        until: rolloutIs('shop/web', 'Degraded'),
        settle: '5m',
      }),
    );
    assert.equal(run.problems, '');
    assert.ok(conditionsAtEnd(run).includes('ServiceRefused=True/ServicePortsRefused'), conditionsAtEnd(run).join(' '));
  });
});
