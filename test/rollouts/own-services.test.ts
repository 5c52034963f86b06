import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import { FINALIZER, POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { millis } from '../../src/api/time.ts';
import { selectorOf } from '../../src/sim/invariants/world-view.ts';
import { runScenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, removeObject } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';
import { conditionsAtEnd, findRollout, healthyAt, scenario, services, statusAtEnd, web } from './lab.ts';
import { playGolden } from './play-golden.ts';
import { pingPongWeb, route, routedWeb, routedWithout } from './routed-lab.ts';

const PORTS = 'service: {ports: [{name: http, port: 80, targetPort: 8080}]}';

function service(run: ScenarioRun, name: string): KubeObject | undefined {
  return run.sim.snapshot(SERVICE).find((one) => one.metadata.name === name);
}

function ownerOf(object: KubeObject | undefined): string | undefined {
  const owner = object?.metadata.ownerReferences?.find((one) => one.controller === true);
  return owner === undefined ? undefined : `${owner.kind} ${owner.name}`;
}

/** Writes of one Service by the controller, by their verbs. */
function writesOf(run: ScenarioRun, name: string): readonly string[] {
  return run.writes
    .filter(({ byController, request }) => byController && request.kind === SERVICE && request.name === name)
    .map(({ request }) => request.verb);
}

const GONE: Until = {
  what: 'Rollout and Services are gone',
  holds: (sim) => sim.snapshot(ROLLOUT).length === 0 && sim.snapshot(SERVICE).every((one) => !one.metadata.name.startsWith('web-')),
};

/** `shop/web` with an active and a preview Service that it makes. */
function blueGreen(tag: string): string {
  return `
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  ${PORTS}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:${tag}"}]}
  strategy: {blueGreen: {activeService: web-active, previewService: web-preview}}
`;
}

describe('Services that spec.service describes', () => {
  it('are made for a canary, owned by the Rollout, and follow their revisions', async () => {
    const run = await playGolden('services-made', () =>
      scenario([web({ spec: PORTS })], { timeline: [at('60s', apply(web({ tag: 'v2', spec: PORTS })))], until: healthyAt(2) }),
    );
    for (const name of ['web-stable', 'web-canary']) {
      assert.equal(ownerOf(service(run, name)), 'Rollout web');
      assert.equal(selectorOf(service(run, name))[POD_TEMPLATE_HASH], statusAtEnd(run).stableRS);
    }
    assert.deepEqual(findRollout(run, 'shop/web')?.metadata.finalizers ?? [], [], `no ${FINALIZER} for what goes with the Rollout anyway`);
  });

  it('are made for a routed canary before it gets traffic', async () => {
    const made = (tag: string): string => routedWeb({ tag, spec: PORTS });
    const run = await playGolden('services-made-routed', () =>
      routedWithout([route(), made('v1')], { timeline: [at('60s', apply(made('v2')))], until: healthyAt(2) }),
    );
    assert.equal(ownerOf(service(run, 'web-canary')), 'Rollout web');
  });

  it('are made for ping and pong', async () => {
    const made = (tag: string): string => pingPongWeb({ tag, spec: PORTS });
    const run = await runScenario(routedWithout([route(), made('v1')], { timeline: [at('60s', apply(made('v2')))], until: healthyAt(2) }));
    assert.equal(run.problems, '');
    assert.equal(ownerOf(service(run, 'web-stable')), 'Rollout web');
    assert.equal(ownerOf(service(run, 'web-canary')), 'Rollout web');
  });

  it('are made for blue-green', async () => {
    const run = await playGolden('services-made-blue-green', () =>
      scenario([blueGreen('v1')], { timeline: [at('60s', apply(blueGreen('v2')))], until: healthyAt(2), settle: '2m' }),
    );
    assert.equal(selectorOf(service(run, 'web-active'))[POD_TEMPLATE_HASH], statusAtEnd(run).stableRS);
  });

  it('are made again when somebody deletes them, for the revision that serves', async () => {
    const run = await runScenario(
      scenario([web({ spec: PORTS })], {
        timeline: [at('60s', removeObject(SERVICE, 'shop/web-stable'))],
        until: healthyAt(1),
        settle: '2m',
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(selectorOf(service(run, 'web-stable'))[POD_TEMPLATE_HASH], statusAtEnd(run).stableRS);
    assert.match(run.text, /service web-stable: gone\nt\+01:00 service web-stable: made for r1\n/);
  });

  it('get the ports of the spec when those change', async () => {
    const next = 'service: {ports: [{name: http, port: 80, targetPort: web}, {name: grpc, port: 81}]}';
    const run = await runScenario(
      scenario([web({ spec: PORTS })], { timeline: [at('60s', apply(web({ spec: next })))], until: healthyAt(1), settle: '2m' }),
    );
    assert.equal(run.problems, '');
    assert.match(run.text, /service web-stable: ports 80:8080 -> 80:web,81:81/);
    assert.deepEqual(writesOf(run, 'web-stable'), ['create', 'patch', 'patch']);
  });

  it('that exist are used as they are, never taken over, and named when their ports differ', async () => {
    const other = 'service: {ports: [{port: 8443}]}';
    const run = await runScenario(scenario([services(), web({ spec: other })], { until: healthyAt(1), settle: '1m' }));
    assert.equal(run.problems, '');
    assert.equal(ownerOf(service(run, 'web-stable')), undefined);
    assert.ok(conditionsAtEnd(run).includes('ServiceNotOwned=True/PortsDiffer'), conditionsAtEnd(run).join(' '));
    assert.match(JSON.stringify(service(run, 'web-stable')?.['spec']), /"port":80,/);
  });

  it('that exist with those ports are nothing to speak of', async () => {
    const run = await runScenario(
      scenario([services(), web({ spec: 'service: {ports: [{port: 80, targetPort: 8080}]}' })], { until: healthyAt(1), settle: '1m' }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(
      conditionsAtEnd(run).filter((one) => one.startsWith('Service')),
      [],
    );
  });

  it('of a Rollout of the same name that is gone are not used: they are made anew once they are collected', async () => {
    const run = await runScenario(
      scenario([web({ spec: PORTS })], {
        timeline: [at('60s', removeObject(ROLLOUT, 'shop/web')), at('61s', apply(web({ tag: 'v2', spec: PORTS })))],
        until: rolloutIs('shop/web', 'Healthy', (status) => status['availableReplicas'] === 4),
        settle: '2m',
      }),
    );
    assert.equal(run.problems, '');
    const { uid } = findRollout(run, 'shop/web')?.metadata ?? {};
    assert.equal(service(run, 'web-stable')?.metadata.ownerReferences?.[0]?.uid, uid);
  });

  it('go with the Rollout', async () => {
    await playGolden('services-made-deleted', () =>
      scenario([web({ spec: PORTS })], { timeline: [at('60s', removeObject(ROLLOUT, 'shop/web'))], until: GONE }),
    );
  });

  it('are not made again, nor is a ReplicaSet, while the watch is late to tell that the Rollout is deleted', async () => {
    const run = await runScenario(
      scenario([web({ spec: PORTS })], {
        timeline: [at('60s', removeObject(ROLLOUT, 'shop/web'))],
        until: GONE,
        watchLag: (kind) => millis(kind.kind === 'Rollout' ? 3000 : 0),
        settle: '30s',
      }),
    );
    assert.equal(run.problems, '');
    const made = run.writes.filter(
      ({ byController, request }) => byController && request.verb === 'create' && request.kind.kind !== 'Event',
    );
    assert.deepEqual(made.map(({ request }) => request.kind.kind).toSorted(), ['ReplicaSet', 'Service', 'Service']);
  });
});
