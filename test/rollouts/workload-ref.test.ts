import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEPLOYMENT, POD, POD_TEMPLATE, REPLICA_SET, ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { millis } from '../../src/api/time.ts';
import { isServing, selectorOf } from '../../src/sim/invariants/world-view.ts';
import { runScenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, patchObject, perform, podsBehave, removeObject } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';
import type { PodBehaviour } from '../../src/sim/world/pod-behaviour.ts';
import { conditionsAtEnd, findRollout, halted, healthyAt, scenario, services, statusAtEnd, web } from './lab.ts';
import { playGolden } from './play-golden.ts';
import { assertAlwaysServed } from './served.ts';

type ScaleDown = 'never' | 'onsuccess' | 'progressively';

/** A Deployment `shop/web` of four pods that the Services of `services()` select. */
function deployment(tag = 'v1', replicas: number | null = 4): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  ${replicas === null ? '' : `replicas: ${replicas}`}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:${tag}"}]}
`;
}

/** The Rollout `shop/web` with the template of that Deployment. */
function adopter(scaleDown?: ScaleDown, more: { readonly spec?: string; readonly steps?: string } = {}): string {
  const ref = `workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web${scaleDown === undefined ? '' : `, scaleDown: ${scaleDown}`}}`;
  const lines = web({ ...more, spec: `${ref}\n${more.spec ?? ''}` }).split('\n');
  const first = lines.findIndex((line) => line.startsWith('  selector:'));
  return [...lines.slice(0, first), ...lines.slice(first + 4)].join('\n');
}

/** A Deployment that serves before there is a Rollout. */
const RUNNING = [services(), deployment()];

/** Pods become ready one after the other. */
const SLOW_STARTS = { jitter: millis(30_000) };

function ownPodsBehave(behaviour: PodBehaviour) {
  return perform(`pods of the Rollout: ${behaviour.type}`, ({ behave }) =>
    behave((pod) => pod.metadata.labels?.[POD_TEMPLATE_HASH] !== undefined, behaviour),
  );
}

function sizeOf(run: Pick<ScenarioRun, 'sim'>): unknown {
  const [found] = run.sim.snapshot(DEPLOYMENT);
  return (found?.['spec'] as { readonly replicas?: number } | undefined)?.replicas;
}

function gaveWay(revision = 1): Until {
  return {
    what: `revision ${revision} is Healthy and the Deployment has no pods`,
    holds: (sim) => healthyAt(revision).holds(sim) && sizeOf({ sim }) === 0 && sim.snapshot(POD).length === 4,
  };
}

describe('a Rollout with workloadRef', () => {
  it('takes over from a Deployment pod by pod without losing an endpoint', async () => {
    const run = await playGolden('adopt-progressively', () =>
      scenario(RUNNING, { timeline: [at('60s', apply(adopter('progressively')))], until: gaveWay(), delays: SLOW_STARTS }),
    );
    assertAlwaysServed(run, 'web-stable', 4);
    const { name, replicas, finishedAt } = statusAtEnd(run)['workload'] as Readonly<Record<string, unknown>>;
    assert.deepEqual([name, replicas, typeof finishedAt], ['web', 4, 'string']);
  });

  it('takes over from a Deployment at once when it is Healthy, with onsuccess', async () => {
    const run = await playGolden('adopt-onsuccess', () =>
      scenario(RUNNING, { timeline: [at('60s', apply(adopter('onsuccess')))], until: gaveWay() }),
    );
    assertAlwaysServed(run, 'web-stable', 4);
  });

  for (const scaleDown of ['never', undefined] as const) {
    it(`leaves the Deployment's size to its owner with scaleDown ${scaleDown ?? 'absent'}`, async () => {
      const make = () => scenario(RUNNING, { timeline: [at('60s', apply(adopter(scaleDown)))], until: healthyAt(1) });
      const run = await playGolden('adopt-never', make);
      assert.equal(sizeOf(run), 4);
      assert.equal(statusAtEnd(run)['workload'], undefined);
      assert.deepEqual(
        run.writes.filter((write) => write.byController && write.request.kind === DEPLOYMENT),
        [],
      );
    });
  }

  it('never writes the template into its spec, and says which generation it observed', async () => {
    const run = await runScenario(scenario(RUNNING, { timeline: [at('60s', apply(adopter()))], until: healthyAt(1) }));
    assert.equal(run.problems, '');
    const spec = findRollout(run, 'shop/web')?.['spec'] as Readonly<Record<string, unknown>>;
    assert.deepEqual([spec['template'], spec['selector']], [undefined, undefined]);
    assert.equal(statusAtEnd(run)['workloadObservedGeneration'], '1');
    assert.equal(statusAtEnd(run)['selector'], 'app=web');
  });

  it('shares no label with the ReplicaSets of the Deployment, so that neither takes the other for its own', async () => {
    const run = await runScenario(scenario(RUNNING, { timeline: [at('60s', apply(adopter()))], until: healthyAt(1) }));
    const sets = run.sim.snapshot(REPLICA_SET);
    assert.equal(sets.length, 2);
    for (const { metadata, ...set } of sets) {
      const ours = metadata.ownerReferences?.[0]?.kind === 'Rollout';
      const { selector } = set['spec'] as { readonly selector: { readonly matchLabels: Readonly<Record<string, string>> } };
      for (const labels of [metadata.labels, selector.matchLabels]) {
        assert.equal(labels?.['pod-template-hash'] === undefined, ours);
        assert.equal(labels?.[POD_TEMPLATE_HASH] === undefined, !ours);
      }
    }
  });

  it('starts a rollout when the template of the Deployment changes', async () => {
    const run = await playGolden('deployment-template-changed', () =>
      scenario(RUNNING, {
        timeline: [at('60s', apply(adopter('onsuccess'))), at('2m', apply(deployment('v2', null)))],
        until: gaveWay(2),
      }),
    );
    // Half of the pods are the canary's at weight 50.
    assertAlwaysServed(run, 'web-stable', 2);
    assert.deepEqual(
      run.sim.snapshot(POD).map((pod) => /web:v\d/.exec(JSON.stringify(pod['spec']))?.[0]),
      ['web:v2', 'web:v2', 'web:v2', 'web:v2'],
    );
  });

  it('lets the Deployment back up while its own pods fail, before the Rollout was Healthy', async () => {
    const run = await playGolden('adopt-back-up', () =>
      scenario(RUNNING, {
        timeline: [
          at('60s', apply(adopter('progressively'))),
          at('75s', ownPodsBehave({ type: 'never-ready' })),
          at('3m', ownPodsBehave({ type: 'ready-after', delay: millis(1000) })),
        ],
        until: gaveWay(),
        delays: SLOW_STARTS,
      }),
    );
    assert.match(run.text, /deployment web: [123] -> 4/);
  });

  it('leaves a Deployment that has given way to whoever scales it after that', async () => {
    const run = await runScenario(
      scenario(RUNNING, {
        timeline: [
          at('60s', apply(adopter('progressively'))),
          at('3m', patchObject(DEPLOYMENT, 'shop/web', { spec: { replicas: 2 } })),
          at('4m', apply(deployment('v2', null))),
        ],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(sizeOf(run), 2);
  });

  it('gives the Deployment its size back before it goes, and loses no endpoint', async () => {
    const run = await playGolden('deployment-given-back', () =>
      scenario(RUNNING, {
        timeline: [at('60s', apply(adopter('progressively'))), at('3m', removeObject(ROLLOUT, 'shop/web'))],
        until: {
          what: 'only the Deployment has pods',
          holds: (sim) => sim.snapshot(ROLLOUT).length === 0 && sim.snapshot(POD).length === 4 && sim.snapshot(REPLICA_SET).length === 1,
        },
      }),
    );
    assert.equal(sizeOf(run), 4);
    assertAlwaysServed(run, 'web-stable', 4);
    for (const service of run.sim.snapshot(SERVICE)) assert.deepEqual(selectorOf(service), { app: 'web' });
  });

  it('gives the size back after its status was lost: a ReplicaSet still says it', async () => {
    const run = await runScenario(
      scenario(RUNNING, {
        timeline: [
          at('60s', apply(adopter('progressively'))),
          at('2m', {
            what: 'the status of shop/web is lost',
            act: async ({ sim, cluster }) => {
              const object = findRollout({ sim }, 'shop/web');
              if (object === undefined) throw new Error('there is no Rollout');
              await cluster.update(ROLLOUT, { ...object, status: { observedGeneration: -1 } }, { subresource: 'status' });
            },
          }),
          at('4m', removeObject(ROLLOUT, 'shop/web')),
        ],
        until: {
          what: 'the Deployment serves',
          holds: (sim) => sim.snapshot(ROLLOUT).length === 0 && sim.snapshot(POD).filter(isServing).length === 4,
        },
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(sizeOf(run), 4);
  });

  it('is not held for ever by a Deployment that does not come back', async () => {
    const run = await runScenario(
      scenario(RUNNING, {
        timeline: [
          at('60s', apply(adopter('progressively', { spec: 'progressDeadlineSeconds: 120' }))),
          at('3m', podsBehave('web:v1', { type: 'image-pull-error' })),
          at('3m', removeObject(ROLLOUT, 'shop/web')),
        ],
        until: { what: 'the Rollout is gone', holds: (sim) => sim.snapshot(ROLLOUT).length === 0 },
      }),
    );
    assert.match(run.text, /t\+05:\d\d rollout web: gone/);
    assert.equal(sizeOf(run), 4);
  });

  it('does not wait for a Deployment that is gone', async () => {
    const run = await runScenario(
      scenario(RUNNING, {
        timeline: [
          at('60s', apply(adopter('progressively'))),
          at('3m', removeObject(DEPLOYMENT, 'shop/web')),
          at('3m', removeObject(ROLLOUT, 'shop/web')),
        ],
        until: { what: 'everything is gone', holds: (sim) => [ROLLOUT, DEPLOYMENT, POD].every((kind) => sim.snapshot(kind).length === 0) },
      }),
    );
    assert.equal(run.problems, '');
  });

  it('says InvalidSpec while there is no such Deployment, and goes on once there is', async () => {
    await playGolden('deployment-missing', () =>
      scenario([services(), adopter()], { timeline: [at('2m', apply(deployment()))], until: healthyAt(1) }),
    );
    const missing = await runScenario(scenario([services(), adopter()], { until: rolloutIs('shop/web', 'Degraded') }));
    assert.equal(missing.problems, '');
    assert.ok(conditionsAtEnd(missing).includes('Stalled=True/InvalidSpec'));
    assert.equal(
      statusAtEnd(missing).message,
      'spec.workloadRef.name ("web"): there is no such Deployment in this namespace; create the Deployment web, or correct spec.workloadRef',
    );
  });

  it('keeps what serves when the Deployment goes missing mid-way, and goes on once it is back', async () => {
    const forEver = { steps: '[{setWeight: 25}, {pause: {}}]' };
    const run = await runScenario(
      scenario(RUNNING, {
        timeline: [
          at('60s', apply(adopter('onsuccess', forEver))),
          at('2m', apply(deployment('v2', null))),
          at('4m', removeObject(DEPLOYMENT, 'shop/web')),
          at('6m', apply(deployment('v2', 0))),
        ],
        until: halted('Paused'),
      }),
    );
    assert.equal(run.problems, '');
    assertAlwaysServed(run, 'web-stable', 3);
    assert.equal(statusAtEnd(run).currentStepIndex, 1);
    assert.equal(statusAtEnd(run)['revision'], 2);
  });

  it('says which right is missing when Deployments may not be read, and delays no other Rollout', async () => {
    const other = web({ name: 'other' });
    const run = await runScenario(
      scenario([services(), services('other'), deployment(), adopter(), other], {
        authorize:
          () =>
          ({ kind }) =>
            kind.plural === 'deployments' ? 'deployments.apps is forbidden: nobody granted it' : undefined,
        until: {
          what: 'web is Degraded and other is Healthy',
          holds: (sim) => rolloutIs('shop/web', 'Degraded').holds(sim) && healthyAt(1, 'shop/other').holds(sim),
        },
      }),
    );
    assert.equal(run.problems, '');
    assert.match(statusAtEnd(run).message ?? '', /^spec\.workloadRef\.kind \("Deployment"\): cannot be read here: .*rbac\.workloadRef/);
  });

  it('follows no Deployments while no Rollout refers to one', async () => {
    const run = await runScenario(scenario([services(), deployment('v1', 0), web()], { until: healthyAt(1) }));
    assert.equal(run.problems, '');
    assert.deepEqual(
      run.requests.filter(({ kind }) => kind === DEPLOYMENT || kind === POD_TEMPLATE),
      [],
    );
  });

  it('takes the template of a PodTemplate, with a selector of its own', async () => {
    const template = `
apiVersion: v1
kind: PodTemplate
metadata: {name: web, namespace: shop}
template:
  metadata: {labels: {app: web}}
  spec: {containers: [{name: web, image: "web:v1"}]}
`;
    const ref = 'workloadRef: {apiVersion: v1, kind: PodTemplate, name: web}\nselector: {matchLabels: {app: web}}';
    const of = (text: string) => text.replace(/workloadRef: .*/, ref.replaceAll('\n', '\n  '));
    const run = await runScenario(
      scenario([services(), template, of(adopter())], {
        timeline: [at('60s', apply(template.replace('v1"}', 'v2"}')))],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
  });

  it('takes the template of a ReplicaSet without the hash of the Deployment behind it', async () => {
    const set = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: old, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web, pod-template-hash: abc}}
  template:
    metadata: {labels: {app: web, pod-template-hash: abc}}
    spec: {containers: [{name: web, image: "web:v1"}]}
`;
    const ref = 'workloadRef: {apiVersion: apps/v1, kind: ReplicaSet, name: old}';
    const run = await runScenario(scenario([services(), set, adopter().replace(/workloadRef: .*/, ref)], { until: healthyAt(1) }));
    assert.equal(run.problems, '');
    assert.equal(run.sim.snapshot(POD).filter((pod) => pod.metadata.labels?.['pod-template-hash'] === 'abc').length, 2);
    assert.equal(run.sim.snapshot(POD).length, 6);
  });
});
