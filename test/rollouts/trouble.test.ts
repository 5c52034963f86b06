import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD, REPLICA_SET, ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { millis } from '../../src/api/time.ts';
import { ALL_INVARIANTS } from '../../src/sim/invariants/all-invariants.ts';
import { AVAILABILITY_HOLDS } from '../../src/sim/invariants/capacity.ts';
import { isServing } from '../../src/sim/invariants/world-view.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { type Action, apply, at, metric, perform, podsBehave, removeObject } from '../../src/sim/scenario/timeline.ts';
import { allOf, rolloutIs } from '../../src/sim/scenario/until.ts';
import {
  conditionsAtEnd,
  FOR_EVER,
  findRollout,
  halted,
  healthyAt,
  JUDGED_STEPS,
  scenario,
  services,
  statusAtEnd,
  template,
  web,
} from './lab.ts';
import { playGolden } from './play-golden.ts';

/** Status is lost, as after a restore of the cluster from a backup. */
const LOSE_STATUS: Action = perform('the status of shop/web is lost', async ({ sim, cluster }) => {
  const object = findRollout({ sim }, 'shop/web');
  if (object === undefined) throw new Error('there is no Rollout to lose the status of');
  await cluster.update(ROLLOUT, { ...object, status: { observedGeneration: -1 } }, { subresource: 'status', fieldManager: 'backup' });
});

/** Our kinds with a Rollout schema that takes any spec. */
function permissiveCrds(): readonly KubeObject[] {
  const text = JSON.stringify(
    ownCrds().map((crd) => (crd.metadata.name === 'rollouts.sluice.dev' ? { ...crd, spec: anySpec(crd['spec'] as CrdSpec) } : crd)),
  );
  return JSON.parse(text) as readonly KubeObject[];
}

interface CrdSpec {
  readonly versions: readonly {
    readonly schema: { readonly openAPIV3Schema: { readonly properties: Readonly<Record<string, unknown>> } };
  }[];
}

function anySpec(spec: CrdSpec): unknown {
  const [version] = spec.versions;
  const { status } = version?.schema.openAPIV3Schema.properties ?? {};
  const properties = { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, status };
  return { ...spec, versions: [{ ...version, schema: { openAPIV3Schema: { type: 'object', properties } } }] };
}

describe('a rollout in trouble', () => {
  it('holds a canary that crashes, says so after the progress deadline, and takes nothing from stable', async () => {
    const spec = 'progressDeadlineSeconds: 120';
    const run = await playGolden('crash-looping-canary', () =>
      scenario([services(), web({ spec })], {
        timeline: [
          at('30s', podsBehave('web:v2', { type: 'crash-loop', delay: millis(3000) })),
          at('60s', apply(web({ spec, tag: 'v2' }))),
        ],
        until: halted('Degraded'),
      }),
    );
    assert.ok(conditionsAtEnd(run).includes('Progressing=False/ProgressDeadlineExceeded'), conditionsAtEnd(run).join(' '));
    assert.equal(run.sim.snapshot(POD).filter(isServing).length, 4);
  });

  it('holds a canary whose image cannot be pulled, says so after the progress deadline, and quarantines nothing', async () => {
    const spec = 'progressDeadlineSeconds: 120';
    const run = await playGolden('image-error', () =>
      scenario([services(), web({ spec })], {
        timeline: [at('30s', podsBehave('web:v2', { type: 'image-pull-error' })), at('60s', apply(web({ spec, tag: 'v2' })))],
        until: halted('Degraded'),
      }),
    );
    assert.equal(statusAtEnd(run)['quarantine'], undefined);
  });

  it('lets a fix through when the stable revision is broken', async () => {
    await playGolden('broken-stable', () =>
      scenario([services(), web()], {
        timeline: [at('60s', podsBehave('web:v1', { type: 'crash-loop', delay: millis(1000) })), at('2m', apply(web({ tag: 'v2' })))],
        until: healthyAt(2),
      }),
    );
  });

  it('replaces a canary that crashes by the next revision', async () => {
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [
          at('30s', podsBehave('web:v2', { type: 'crash-loop', delay: millis(1000) })),
          at('60s', apply(web({ tag: 'v2' }))),
          at('3m', apply(web({ tag: 'v3' }))),
        ],
        until: healthyAt(3),
      }),
    );
    assert.equal(run.problems, '');
  });

  it('adopts a ReplicaSet of its own that lost its owner', async () => {
    const orphan = perform('the ReplicaSet of web loses its owner', async ({ sim, cluster }) => {
      const [set] = sim.snapshot(REPLICA_SET);
      await cluster.patch(
        REPLICA_SET,
        { namespace: 'shop', name: set?.metadata.name ?? '' },
        { type: 'merge', body: { metadata: { ownerReferences: null } } },
        { fieldManager: 'kubectl' },
      );
    });
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [at('60s', orphan), at('90s', apply(web({ tag: 'v2' })))],
        until: healthyAt(2),
        // For a moment the pods are nobody's: the person's doing, not the controller's.
        invariants: ALL_INVARIANTS.filter((invariant) => invariant !== AVAILABILITY_HOLDS),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(
      run.sim.snapshot(REPLICA_SET).map((set) => set.metadata.ownerReferences?.[0]?.name),
      ['web', 'web'],
    );
  });

  it('keeps the other owners of a ReplicaSet that it adopts', async () => {
    const orphan = perform('the ReplicaSet of web gets another owner instead', async ({ sim, cluster }) => {
      const [set] = sim.snapshot(REPLICA_SET);
      const service = sim.snapshot(SERVICE).find((one) => one.metadata.name === 'web-stable');
      const other = { apiVersion: 'v1', kind: 'Service', name: 'web-stable', uid: service?.metadata.uid };
      await cluster.patch(
        REPLICA_SET,
        { namespace: 'shop', name: set?.metadata.name ?? '' },
        { type: 'merge', body: { metadata: { ownerReferences: [other] } } },
        { fieldManager: 'kubectl' },
      );
    });
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [at('60s', orphan)],
        until: healthyAt(1),
        invariants: ALL_INVARIANTS.filter((invariant) => invariant !== AVAILABILITY_HOLDS),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(
      run.sim.snapshot(REPLICA_SET)[0]?.metadata.ownerReferences?.map((owner) => `${owner.kind} ${owner.controller === true}`),
      ['Service false', 'Rollout true'],
    );
  });

  it('waits for a Service that is missing, with InvalidSpec, and goes on once it is there', async () => {
    await playGolden('service-missing', () => scenario([web()], { timeline: [at('2m', apply(services()))], until: healthyAt(1) }));
  });

  it('keeps what serves when a Service goes missing mid-way, and goes on once it is back', async () => {
    await playGolden('service-lost', () =>
      scenario([services(), web({ steps: FOR_EVER })], {
        timeline: [
          at('60s', apply(web({ steps: FOR_EVER, tag: 'v2' }))),
          at('2m', removeObject(SERVICE, 'shop/web-canary')),
          at('4m', apply(services().split('---')[1] ?? '')),
        ],
        until: halted('Paused'),
      }),
    );
  });

  it('refuses what it does not support yet with the field, and leaves untouched what serves', async () => {
    const routed = web({ tag: 'v2', canary: 'trafficRouting: {smi: {}}' });
    const run = await runScenario(
      scenario([services(), web()], { timeline: [at('60s', apply(routed))], until: rolloutIs('shop/web', 'Degraded') }),
    );
    assert.equal(run.problems, '');
    assert.ok(conditionsAtEnd(run).includes('Stalled=True/Unsupported'), conditionsAtEnd(run).join(' '));
    assert.match(statusAtEnd(run).message ?? '', /trafficRouting/);
    assert.equal(run.sim.snapshot(REPLICA_SET).length, 1);
    assert.equal(run.sim.snapshot(POD).filter(isServing).length, 4);
  });

  it('never lets objects that cannot be read delay the good one beside them', async () => {
    // As after a change of the schema: objects are stored that the controller cannot read.
    const poison = perform('two Rollouts that cannot be read are created', async ({ cluster }) => {
      const specs = {
        'no-selector': { replicas: 1, selector: {}, strategy: { canary: {} } },
        'no-sense': { replicas: 1, template: 5, strategy: { canary: {} } },
      };
      for (const [name, spec] of Object.entries(specs)) {
        const object = { apiVersion: 'sluice.dev/v1alpha1', kind: 'Rollout', metadata: { name, namespace: 'shop' }, spec };
        await cluster.create(ROLLOUT, object);
      }
    });
    const bad = `
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: bad, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: bad}}
  template: {metadata: {labels: {app: bad}}, spec: {containers: []}}
  strategy: {canary: {stableService: nowhere, canaryService: nowhere-either, steps: []}}
`;
    const alone = await runScenario(
      scenario([services(), web()], { timeline: [at('60s', apply(web({ tag: 'v2' })))], until: healthyAt(2) }),
    );
    const run = await runScenario(
      scenario([bad, services(), web()], {
        crds: permissiveCrds(),
        timeline: [at('1s', poison), at('60s', apply(web({ tag: 'v2' })))],
        until: allOf(healthyAt(2), ...['bad', 'no-selector', 'no-sense'].map((name) => rolloutIs(`shop/${name}`, 'Degraded'))),
      }),
    );
    assert.equal(run.problems, '');
    const healthyAgain = (log: typeof run.log) => log.findLast((line) => line.text.startsWith('rollout web: Healthy'))?.at;
    assert.equal(healthyAgain(run.log), healthyAgain(alone.log));
  });

  it('leaves the pods of a deleted Rollout to the garbage collector', async () => {
    const run = await runScenario(
      scenario([services(), web()], {
        timeline: [at('60s', apply(web({ tag: 'v2' }))), at('70s', removeObject(ROLLOUT, 'shop/web'))],
        until: { what: 'all pods are collected', holds: (sim) => sim.snapshot(POD).length === 0 && sim.snapshot(REPLICA_SET).length === 0 },
      }),
    );
    assert.equal(run.problems, '');
    const byController = run.writes.filter(
      (write) => write.byController && write.request.kind.kind === 'ReplicaSet' && write.request.verb === 'delete',
    );
    assert.deepEqual(byController, []);
  });

  it('finds its way when status is lost mid-rollout', async () => {
    await playGolden('status-lost-mid-rollout', () =>
      scenario([services(), web()], {
        timeline: [at('60s', apply(web({ tag: 'v2' }))), at('80s', LOSE_STATUS)],
        until: rolloutIs('shop/web', 'Healthy', (status) => status.currentPodHash === status.stableRS),
      }),
    );
  });

  it('keeps a quarantined revision down when status is lost after its breach', async () => {
    const of = (tag: string) => web({ steps: JUDGED_STEPS, tag, spec: 'rollback: {onFailure: Abort}' });
    const run = await playGolden('status-lost-after-quarantine', () =>
      scenario([services(), template(), of('v1')], {
        timeline: [at('0s', metric('success', 0.5)), at('60s', apply(of('v2'))), at('4m', metric('success', 0.99)), at('4m', LOSE_STATUS)],
        until: rolloutIs('shop/web', 'Degraded'),
        limit: '10m',
      }),
    );
    const images = run.sim
      .snapshot(POD)
      .filter(isServing)
      .map((pod) => /web:v\d/.exec(JSON.stringify(pod['spec']))?.[0]);
    assert.deepEqual(images, ['web:v1', 'web:v1', 'web:v1', 'web:v1']);
  });
});
