import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP, POD, ROLLOUT } from '../../src/api/kinds.ts';
import { CONFIG_COPY, POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { runScenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, metric, patchObject, podsBehave, type Stage } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { ask, askAbort, halted, healthyAt, JUDGED_STEPS, scenario, services, statusAtEnd, template, web } from '../rollouts/lab.ts';
import { startManager } from '../rollouts/start-manager.ts';
import { look, phasesOf, rolloutOf, stableRevision } from './argo-lab.ts';

/** Names of all pods that were ever made, by revision. */
function podsMade(run: ScenarioRun): ReadonlyMap<string, ReadonlySet<string>> {
  const made = new Map<string, Set<string>>();
  for (const { request, after } of run.writes) {
    if (request.kind.kind !== POD.kind || request.verb !== 'create' || after === undefined) continue;
    const hash = after.metadata.labels?.[POD_TEMPLATE_HASH] ?? '';
    made.set(hash, (made.get(hash) ?? new Set()).add(after.metadata.name));
  }
  return made;
}

const STEPS = '[{setWeight: 25}, {pause: {duration: 30s}}, {setWeight: 50}, {pause: {duration: 30s}}]';

describe('what Flagger does twice or forgets', () => {
  it('each pod of a release is started once: a promotion restarts none (FL#1163)', async () => {
    const run = await runScenario(
      scenario([services(), web({ steps: STEPS })], {
        timeline: [at('60s', apply(web({ steps: STEPS, tag: 'v2' })))],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(
      [...podsMade(run).values()].map((names) => names.size),
      [4, 4],
    );
  });

  it('a template that goes back to stable in mid-run is seen: no analysis goes on, and the right revision is stable', async () => {
    const steps = '[{setWeight: 25}, {pause: {}}]';
    const analysis = 'maxSurge: 1\nmaxUnavailable: 0\nanalysis: {templates: [{templateName: success}]}';
    const rollout = (tag: string): string => web({ steps, tag, canary: analysis });
    const run = await runScenario(
      scenario([services(), template(), rollout('v1')], {
        timeline: [
          at('0s', metric('success', 0.99)),
          at('60s', apply(rollout('v2'))),
          at(
            '75s',
            look('measuring', (stage) => assert.deepEqual(phasesOf(stage), ['Background Running'])),
          ),
          at('76s', apply(rollout('v1'))),
        ],
        until: rolloutIs('shop/web', 'Healthy'),
      }),
    );
    assert.equal(run.problems, '');
    const status = statusAtEnd(run);
    assert.equal(status.stableRS, status.currentPodHash);
    assert.deepEqual(
      run.sim.snapshot(POD).map((pod) => /web:v[0-9]/u.exec(JSON.stringify(pod['spec']))?.[0]),
      Array.from({ length: 4 }, () => 'web:v1'),
    );
    assert.ok(phasesOf(run).every((phase) => phase !== 'Background Running'));
  });

  it('a stable revision that does not serve keeps no fix from coming (FL#639, FL#1202)', async () => {
    const run = await runScenario(
      scenario([services(), web({ steps: STEPS })], {
        timeline: [
          at('60s', podsBehave('web:v1', { type: 'never-ready' })),
          at('70s', apply(web({ steps: STEPS, tag: 'v2' }))),
          at('90s', ask('promote-full', '1')),
        ],
        until: healthyAt(2),
        // Nothing serves before the release begins, which is what the rules of capacity would complain of.
        invariants: [],
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(stableRevision(run), '2');
  });

  it('progressDeadlineSeconds is the time without progress, not the length of the release (FL#523, FL#1247, FL#1591)', async () => {
    const steps = '[{setWeight: 25}, {pause: {duration: 60s}}, {setWeight: 50}, {pause: {duration: 60s}}]';
    const spec = 'progressDeadlineSeconds: 20';
    const run = await runScenario(
      scenario([services(), web({ steps, spec })], {
        timeline: [at('60s', apply(web({ steps, spec, tag: 'v2' })))],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    assert.doesNotMatch(run.text, /Degraded/u);
  });

  it('an abort is heard at once, wherever the release waits (FL#1268), and a retry needs no change of the template (FL#1310)', async () => {
    const steps = '[{setWeight: 25}, {pause: {}}]';
    const run = await runScenario(
      scenario([services(), web({ steps })], {
        timeline: [
          at('60s', apply(web({ steps, tag: 'v2' }))),
          at('90s', askAbort('1')),
          at(
            '91s',
            look('within a second', (stage) => assert.equal(rolloutOf(stage).phase, 'Degraded')),
          ),
          at('2m', ask('retry', '2')),
          at('3m', ask('promote', '3')),
        ],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
  });

  it('a change of the size is followed during the release, not at the next one (FL#591, FL#1563)', async () => {
    const steps = '[{setWeight: 50}, {pause: {}}]';
    const run = await runScenario(
      scenario([services(), web({ steps })], {
        timeline: [
          at('60s', apply(web({ steps, tag: 'v2' }))),
          at('90s', patchObject(ROLLOUT, 'shop/web', { spec: { replicas: 8 } })),
          at(
            '2m',
            look('twice as many of both', (stage) => {
              assert.equal(rolloutOf(stage).phase, 'Paused');
              assert.equal(rolloutOf(stage).status['availableReplicas'], 8);
            }),
          ),
          at('121s', ask('promote', '1')),
        ],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
  });
});

describe('a verdict where Flagger counts everything that is not good as a failed check', () => {
  const judged = (tag: string, onFailure = 'Abort'): string =>
    web({ steps: JUDGED_STEPS, tag, spec: `rollback: {onFailure: ${onFailure}}` });

  it('no traffic is no failure: the release waits for a person (FL#1035, FL#1098)', async () => {
    const run = await runScenario(
      scenario([services(), template(), judged('v1')], {
        timeline: [at('0s', metric('success', undefined)), at('60s', apply(judged('v2')))],
        until: halted('Paused'),
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(statusAtEnd(run).abort ?? false, false);
  });

  it('several series are no verdict: none of them is picked', async () => {
    const run = await runScenario(
      scenario([services(), template(), judged('v1')], {
        startController: startManager({ rules: [{ match: 'success', value: () => [0.1, 0.99] }] }),
        timeline: [at('60s', apply(judged('v2')))],
        until: halted('Paused'),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Step Error']);
  });

  it('good measurements between bad ones do not wear the limit off: it counts one run, and a new run starts at none', async () => {
    const run = await runScenario(
      scenario([services(), template(), judged('v1')], {
        timeline: [
          at('0s', metric('success', 0.5)),
          at('60s', apply(judged('v2'))),
          // One bad measurement, within failureLimit 1, then good ones; the same again at the next step.
          at('70s', metric('success', 0.99)),
          at('95s', metric('success', 0.5)),
          at('103s', metric('success', 0.99)),
        ],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(phasesOf(run), ['Step Successful', 'Step Successful']);
  });

  it('onFailure Freeze goes back nowhere by itself (FL#1186)', async () => {
    const run = await runScenario(
      scenario([services(), template(), judged('v1', 'Freeze')], {
        timeline: [at('0s', metric('success', 0.5)), at('60s', apply(judged('v2', 'Freeze')))],
        until: halted('Degraded'),
      }),
    );
    assert.equal(run.problems, '');
    const { status } = rolloutOf(run);
    assert.equal(status.abort ?? false, false);
    assert.equal((status['canary'] as { readonly weights: { readonly canary: { readonly weight: number } } }).weights.canary.weight, 25);
  });
});

describe('configuration that Flagger copies', () => {
  const config = (more: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: {name: web-config, namespace: shop}
${more}
`;
  const steps = '[{setWeight: 25}, {pause: {duration: 10s}}]';
  const rollout = (pod: string): string => web({ steps }).replace('spec: {containers: [{name: web, image: "web:v1"}]}', `spec: ${pod}`);
  const copies = (stage: Pick<Stage, 'sim'>): readonly string[] =>
    stage.sim
      .snapshot(CONFIG_MAP)
      .filter((object) => object.metadata.labels?.[CONFIG_COPY] !== undefined)
      .map((object) => JSON.stringify([object['data'], object['binaryData']]));

  for (const [what, pod] of [
    [
      'an init container (FL#1925)',
      '{initContainers: [{name: init, image: "i:1", envFrom: [{configMapRef: {name: web-config}}]}], containers: [{name: web, image: "web:v1"}]}',
    ],
    [
      'a projected volume (FL#432)',
      '{volumes: [{name: v, projected: {sources: [{configMap: {name: web-config}}]}}], containers: [{name: web, image: "web:v1"}]}',
    ],
    [
      'one variable',
      '{containers: [{name: web, image: "web:v1", env: [{name: A, valueFrom: {configMapKeyRef: {name: web-config, key: a}}}]}]}',
    ],
  ] as const) {
    it(`starts a release when it changes and is used by ${what}`, async () => {
      const run = await runScenario(
        scenario([services(), config('data: {a: "1"}'), rollout(pod)], {
          timeline: [at('60s', apply(config('data: {a: "2"}')))],
          until: healthyAt(2),
        }),
      );
      assert.equal(run.problems, '');
    });
  }

  it('keeps binaryData, which is counted and copied like the rest (FL#1774)', async () => {
    const pod = '{containers: [{name: web, image: "web:v1", envFrom: [{configMapRef: {name: web-config}}]}]}';
    const run = await runScenario(
      scenario([services(), config('data: {a: "1"}\nbinaryData: {b: AAEC}'), rollout(pod)], {
        timeline: [at('60s', apply(config('data: {a: "1"}\nbinaryData: {b: AAED}')))],
        until: healthyAt(2),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(copies(run).toSorted(), ['[{"a":"1"},{"b":"AAEC"}]', '[{"a":"1"},{"b":"AAED"}]']);
  });

  it('does without an optional one that is not there', async () => {
    const pod = '{containers: [{name: web, image: "web:v1", envFrom: [{configMapRef: {name: nowhere, optional: true}}]}]}';
    const run = await runScenario(scenario([services(), rollout(pod)], { timeline: [], until: healthyAt(1) }));
    assert.equal(run.problems, '');
  });
});

describe('deletion, after which Flagger leaves nothing that serves (FL#1448)', () => {
  it('hands the Services back to their owner before the pods go', async () => {
    const run = await runScenario(
      scenario([services(), web({ steps: STEPS })], {
        timeline: [
          at('60s', { what: 'delete Rollout web', act: ({ cluster }) => cluster.remove(ROLLOUT, { namespace: 'shop', name: 'web' }) }),
        ],
        until: { what: 'shop/web is gone', holds: (sim) => sim.snapshot(ROLLOUT).length === 0 },
      }),
    );
    assert.equal(run.problems, '');
    assert.match(run.text, /service web-stable: r1 -> none/u);
  });
});
