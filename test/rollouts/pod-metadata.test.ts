import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POD, REPLICA_SET } from '../../src/api/kinds.ts';
import { POD_METADATA_PENDING } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { runScenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, injectFault } from '../../src/sim/scenario/timeline.ts';
import type { Until } from '../../src/sim/scenario/until.ts';
import { ask, askAbort, halted, healthyAt, scenario, services, web } from './lab.ts';
import { playGolden } from './play-golden.ts';

const DRESSED = [
  'maxSurge: 1',
  'maxUnavailable: 0',
  'canaryMetadata: {labels: {role: canary, watch: closely}, annotations: {team/page: nobody}}',
  'stableMetadata: {labels: {role: stable}}',
].join('\n');

function dressed(tag: string, more: { readonly steps?: string; readonly canary?: string } = {}): string {
  return web({ tag, canary: DRESSED, ...more });
}

/** `v2 canary closely nobody`: what each live pod wears, sorted. */
function worn(run: Pick<ScenarioRun, 'sim'>): readonly string[] {
  return run.sim
    .snapshot(POD)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((pod) => {
      const { labels, annotations } = pod.metadata;
      const image = /web:(v\d)/.exec(JSON.stringify(pod['spec']))?.[1];
      return [image, labels?.['role'], labels?.['watch'], annotations?.['team/page']].filter((part) => part !== undefined).join(' ');
    })
    .toSorted();
}

function settled(inner: Until): Until {
  const behind = (set: KubeObject): boolean => set.metadata.annotations?.[POD_METADATA_PENDING] !== undefined;
  return { what: `${inner.what}, and all pods follow`, holds: (sim) => inner.holds(sim) && !sim.snapshot(REPLICA_SET).some(behind) };
}

const four = (text: string): readonly string[] => Array.from({ length: 4 }, () => text);

describe('the metadata of pods', () => {
  it('is that of stable from the first deployment on, and no pod is patched for it', async () => {
    const run = await runScenario(scenario([services(), dressed('v1')], { until: healthyAt(1) }));
    assert.equal(run.problems, '');
    assert.deepEqual(worn(run), four('v1 stable'));
    assert.deepEqual(
      run.writes.filter((write) => write.byController && write.request.kind === POD),
      [],
    );
  });

  it('is that of the canary while it is tested', async () => {
    const steps = '[{setWeight: 50}, {pause: {}}]';
    const run = await runScenario(
      scenario([services(), dressed('v1', { steps })], { timeline: [at('60s', apply(dressed('v2', { steps })))], until: halted('Paused') }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(worn(run), ['v1 stable', 'v1 stable', 'v2 canary closely nobody', 'v2 canary closely nobody']);
  });

  it('is swapped on live pods at the promotion, without a new pod', async () => {
    const run = await playGolden('metadata-swapped', () =>
      scenario([services(), dressed('v1')], { timeline: [at('60s', apply(dressed('v2')))], until: settled(healthyAt(2)) }),
    );
    assert.deepEqual(worn(run), four('v2 stable'));
    assert.equal(run.sim.snapshot(REPLICA_SET).length, 2);
    const made = run.writes.filter(({ request }) => request.kind === POD && request.verb === 'create');
    assert.equal(made.length, 8, 'four pods of each revision, and none because of the swap');
  });

  it('leaves the pods when the strategy says nothing of it any more', async () => {
    const run = await runScenario(
      scenario([services(), dressed('v1')], {
        timeline: [at('60s', apply(web({ tag: 'v1' })))],
        until: settled({ what: 'no pod has the label', holds: (sim) => worn({ sim }).every((text) => text === 'v1') }),
      }),
    );
    assert.equal(run.problems, '');
  });

  it('follows an edit at once, and no revision comes of it', async () => {
    const run = await runScenario(
      scenario([services(), dressed('v1')], {
        timeline: [at('60s', apply(dressed('v1', { canary: DRESSED.replace('role: stable', 'role: rock') })))],
        until: settled({ what: 'all pods have the other label', holds: (sim) => worn({ sim }).every((text) => text === 'v1 rock') }),
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(run.sim.snapshot(REPLICA_SET).length, 1);
  });

  it("is stable's again on the pods of a revision that the template returns to", async () => {
    const steps = '[{setWeight: 50}, {pause: {}}]';
    const run = await runScenario(
      scenario([services(), dressed('v1', { steps })], {
        timeline: [
          at('60s', apply(dressed('v2', { steps }))),
          at('2m', askAbort('1')),
          at('4m', ask('retry', '2')),
          at('5m', apply(dressed('v1', { steps }))),
        ],
        until: settled(healthyAt(3)),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(worn(run), four('v1 stable'));
  });

  it('comes to all pods of a large revision in bounded numbers', async () => {
    const large = (tag: string): string => web({ tag, canary: DRESSED, replicas: 25, steps: '[]' });
    const run = await runScenario(
      scenario([services(), large('v1')], { timeline: [at('60s', apply(large('v2')))], until: settled(healthyAt(2)) }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual([...new Set(worn(run))], ['v2 stable']);
    let patches = 0;
    let most = 0;
    for (const { verb } of run.requests.filter((request) => request.kind === POD)) {
      patches = verb === 'patch' ? patches + 1 : 0;
      most = Math.max(most, patches);
    }
    assert.equal(most, 20, 'pods that are patched after one look at them');
  });

  it('comes to the pods although the API server refuses some patches, and delays nothing else', async () => {
    const refused = injectFault(({ kind, verb }) => kind === POD && verb === 'patch', { type: 'status', status: 500, applied: false }, 5);
    const run = await runScenario(
      scenario([services(), dressed('v1')], {
        timeline: [at('0s', refused), at('60s', apply(dressed('v2')))],
        until: settled(healthyAt(2)),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(worn(run), four('v2 stable'));
  });

  it('survives a controller that is killed between the template and the pods', async () => {
    const crash = injectFault(({ kind, verb }) => kind === POD && verb === 'patch', { type: 'crash', when: 'after' }, 2);
    const run = await runScenario(
      scenario([services(), dressed('v1')], {
        timeline: [at('0s', crash), at('60s', apply(dressed('v2')))],
        until: settled(healthyAt(2)),
      }),
    );
    assert.equal(run.problems, '');
    assert.ok(run.incarnations > 1);
    assert.deepEqual(worn(run), four('v2 stable'));
  });
});

describe('anti-affinity', () => {
  const APART = 'maxSurge: 1\nmaxUnavailable: 0\nantiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {}}';
  const affinities = (run: Pick<ScenarioRun, 'sim'>): readonly string[] =>
    run.sim
      .snapshot(REPLICA_SET)
      .map(
        (set) =>
          JSON.stringify(Reflect.get(Object((set['spec'] as { template?: { spec?: unknown } }).template?.spec), 'affinity')) ?? 'none',
      );

  it('stands between the two revisions while both are there, and changes no hash', async () => {
    const steps = '[{setWeight: 50}, {pause: {}}]';
    const plain = await runScenario(scenario([services(), web({ steps })], { until: healthyAt(1) }));
    const of = (tag: string): string => web({ tag, steps, canary: APART });
    const run = await runScenario(scenario([services(), of('v1')], { timeline: [at('60s', apply(of('v2')))], until: halted('Paused') }));
    assert.equal(run.problems, '');
    const [first] = plain.sim.snapshot(REPLICA_SET);
    assert.ok(run.sim.snapshot(REPLICA_SET).some((set) => set.metadata.name === first?.metadata.name));
    const hash = first?.metadata.labels?.['sluice.dev/pod-template-hash'];
    assert.deepEqual(
      affinities(run).toSorted(),
      [
        'none',
        `{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"labelSelector":{"matchExpressions":[{"key":"sluice.dev/pod-template-hash","operator":"In","values":["${hash}"]}]},"topologyKey":"kubernetes.io/hostname"}]}}`,
      ].toSorted(),
    );
  });

  it('is forgotten at the promotion, so that a pod that moves later may go anywhere', async () => {
    const of = (tag: string): string => web({ tag, canary: APART });
    const run = await runScenario(scenario([services(), of('v1')], { timeline: [at('60s', apply(of('v2')))], until: healthyAt(2) }));
    assert.equal(run.problems, '');
    assert.deepEqual(affinities(run), ['none', 'none']);
  });
});
