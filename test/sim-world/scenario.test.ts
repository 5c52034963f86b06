import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ROLLOUT } from '../../src/api/kinds.ts';
import { instant, millis } from '../../src/api/time.ts';
import { sleep } from '../../src/ports/sleep.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { oscillations, writesPerStep } from '../../src/sim/invariants/write-budget.ts';
import { crashSweep, faultSweep } from '../../src/sim/scenario/crash-sweep.ts';
import { expectGolden, firstDifference } from '../../src/sim/scenario/expect-golden.ts';
import { late } from '../../src/sim/scenario/late-events.ts';
import { parseManifests } from '../../src/sim/scenario/manifests.ts';
import { runScenario, type Scenario } from '../../src/sim/scenario/run-scenario.ts';
import { staleSweep } from '../../src/sim/scenario/stale-sweep.ts';
import {
  annotate,
  apply,
  at,
  injectFault,
  metric,
  patchObject,
  perform,
  podsBehave,
  removeObject,
} from '../../src/sim/scenario/timeline.ts';
import { podsReady, rolloutIs } from '../../src/sim/scenario/until.ts';
import { type Defect, toyController } from './toy-controller.ts';

const CRD = parseManifests(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rollouts.sluice.dev}
spec:
  group: sluice.dev
  scope: Namespaced
  names: {kind: Rollout, listKind: RolloutList, plural: rollouts, singular: rollout}
  versions:
  - name: v1alpha1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
`);

function webRollout(tag: string): string {
  return `
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: web, namespace: default}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:${tag}"}]}}
  strategy: {canary: {stableService: web-stable, maxUnavailable: 0, steps: [{setWeight: 25}, {setWeight: 50}, {setWeight: 75}]}}
`;
}

const SERVICE = `
apiVersion: v1
kind: Service
metadata: {name: web-stable, namespace: default}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
`;

function canary(defect?: Defect, more: Partial<Scenario> = {}): Scenario {
  return {
    crds: CRD,
    manifests: `${SERVICE}${webRollout('v1')}`,
    timeline: [at('30s', apply(webRollout('v2')))],
    startController: toyController(defect),
    until: rolloutIs('default/web', 'Healthy', (status) => status.stableRS === 'v2'),
    limit: '5m',
    ...more,
  };
}

describe('a scenario', () => {
  it('plays a whole rollout and tells its story', async () => {
    const run = await runScenario(canary());
    assert.equal(run.problems, '');
    assert.equal(run.incarnations, 1);
    expectGolden('toy-canary', run.text);
  });

  it('gives the same run each time', async () => {
    const [one, two] = [await runScenario(canary()), await runScenario(canary())];
    assert.equal(one.text, two.text);
    assert.deepEqual(one.requests, two.requests);
    assert.deepEqual(one.writes.length, two.writes.length);
  });

  it('counts the writes of each step', async () => {
    const run = await runScenario(canary());
    const counts = writesPerStep(run.writes);
    assert.ok(counts.has('default/web v2 step 2'), [...counts.keys()].join(', '));
    assert.ok([...counts.values()].every((count) => count <= 6));
    assert.deepEqual(oscillations(run.writes), []);
  });

  it('says where things stood when the end is not reached', async () => {
    const never = rolloutIs('default/web', 'Degraded');
    const run = await runScenario(canary(undefined, { until: never, limit: '2m' }));
    assert.match(run.problems, /L1 the scenario: the run did not come to 'default\/web is Degraded' within 120 s/);
    assert.match(run.problems, /rollout default\/web: Healthy .* stable=v2/);
  });

  it('finds a controller that never comes to rest', async () => {
    const run = await runScenario(canary('writes-for-ever'));
    assert.match(run.problems, /L1 the scenario: the controller still wrote 600 times in 600 s of rest: update Rollout default\/web/);
  });

  it('finds a controller that jumps over steps, and one that drains before the canary is ready', async () => {
    assert.match((await runScenario(canary('jumps-steps'))).problems, /S6 default\/web: the step index went from 0 to 2/);
    assert.match((await runScenario(canary('drains-early'))).problems, /S4 default\/web: web-v1 4 -> 3|S4 default\/web: web-v1 3 -> 2/);
  });

  it('lets the timeline change objects, pods and metrics', async () => {
    let seen: number | undefined;
    const run = await runScenario(
      canary(undefined, {
        timeline: [
          at('20s', annotate(ROLLOUT, 'default/web', { 'sluice.dev/request': 'pause@1' })),
          at('20s', metric('success', 0.5)),
          at('21s', patchObject(ROLLOUT, 'default/web', { spec: { replicas: 2 } })),
          at('60s', podsBehave('web:v1', { type: 'never-ready' })),
          at(
            '61s',
            perform('looks at the metrics', (stage) => void (seen = stage.metrics.get('success'))),
          ),
        ],
        until: podsReady(0),
      }),
    );
    assert.equal(run.problems, '');
    assert.equal(seen, 0.5);
    assert.match(run.text, /t\+00:20 > annotate Rollout web sluice\.dev\/request=pause@1\n/);
    assert.match(run.text, /t\+00:21 > patch Rollout web \{"spec":\{"replicas":2\}\}\n(.*\n)*.*replicas of v?r1: 4 -> 2/);
    assert.match(run.text, /t\+01:00 > pods of web:v1: never-ready\n(t\+01:0[01] replicas of r1: [01]\/2 available\n)+/);
  });

  it('lets the timeline delete a Rollout with all that belongs to it', async () => {
    const run = await runScenario(canary(undefined, { timeline: [at('30s', removeObject(ROLLOUT, 'default/web'))], until: podsReady(0) }));
    assert.equal(run.problems, '');
    assert.match(run.text, /t\+00:30 rollout web: gone/);
  });

  it('starts the controller again after an injected crash', async () => {
    const crash = injectFault((request) => request.verb === 'create', { type: 'crash', when: 'after' });
    const run = await runScenario(canary(undefined, { timeline: [at('30s', crash), at('31s', apply(webRollout('v2')))] }));
    assert.equal(run.problems, '');
    assert.equal(run.incarnations, 2);
    assert.match(run.text, /! crash after the request: create ReplicaSet\n(.*\n)*t\+00:3[0-9] controller: started again/);
  });

  it('reports a controller that cannot start', async () => {
    const startController = () => Promise.reject(new Error('no configuration'));
    const run = await runScenario(canary(undefined, { startController, limit: '2m' }));
    assert.equal(run.incarnations, 5);
    assert.match(run.problems, /the controller did not start: Error: no configuration/);
  });

  it('keeps a dead incarnation from reaching anything outside of the cluster', async () => {
    const calls: string[] = [];
    const port = { push: (who: number) => Promise.resolve(calls.push(`pushed by ${who}`)) };
    const toy = toyController();
    const run = await runScenario(
      canary(undefined, {
        startController: (deps) => {
          const guarded = deps.guard(port);
          if (deps.incarnation === 1) deps.sim.onWrite(({ request }) => void (request.kind === ROLLOUT && guarded.push(1)));
          return toy(deps);
        },
        faults: (request) => (request.writeIndex === 1 ? { type: 'crash', when: 'before' } : undefined),
      }),
    );
    assert.equal(run.problems, '');
    assert.deepEqual(calls, []);
  });
});

/** Each re-run of a sweep rests a little only; whether a controller comes to rest at all is tested above. */
const QUIET = { quiet: '30s' };

describe('the sweeps', () => {
  it('crash a sound controller at each of its writes without finding anything', async () => {
    const result = await crashSweep(() => canary(undefined, QUIET));
    assert.equal(result.problems, '');
    assert.ok(result.runs >= 30, `${result.runs} runs`);
  });

  it('find a controller whose names do not survive a crash', async () => {
    const result = await crashSweep(() => canary('forgets-names', QUIET));
    assert.match(
      result.problems,
      /\(create ReplicaSet default\/web-v1-1\): crash before the request\n.*ended differently: - replicaset default\/web-v1-1/,
    );
  });

  it('fail every request of a sound controller in every way without finding anything', async () => {
    const result = await faultSweep(() => canary(undefined, QUIET), { every: 11 });
    assert.equal(result.problems, '');
    assert.ok(result.runs >= 30, `${result.runs} runs`);
  });

  it('find a controller that gives up after the first error', async () => {
    const result = await faultSweep(() => canary('never-retries', { ...QUIET, limit: '2m' }), { every: 97 });
    assert.match(result.problems, /429 \(not applied\)\n/);
    assert.match(result.problems, /the run did not come to/);
  });

  const cachedCanary = () => canary(undefined, { startController: toyController(undefined, true), limit: '15m' });

  it('let a sound controller hear late of what it watches without finding anything', async () => {
    const result = await staleSweep(cachedCanary, { lags: [millis(1500), millis(3000)] });
    assert.equal(result.problems, '');
    assert.equal(result.runs, 2);
  });

  it('find a controller that writes again and again while its cache is stale', async () => {
    const result = await staleSweep(cachedCanary, { lags: [millis(20_000)] });
    assert.match(result.problems, /changes of ReplicaSet are seen 20 s late\n {2}[0-9]+ writes where [0-9]+ are allowed \(L7\)/);
  });

  it('take the places that they are told to, and tell of each run what was wrong with it', async () => {
    const told: string[] = [];
    const result = await crashSweep(() => canary('forgets-names', QUIET), {
      take: (all) => all.filter(({ what }) => /create ReplicaSet default\/web-v1-1/.test(what)),
      onRun: (failure) => told.push(failure?.what ?? 'nothing'),
    });
    assert.equal(result.runs, 2);
    assert.equal(told.length, 2);
    assert.match(told.join('\n'), /crash before the request/);
  });

  it('say when the undisturbed run is already wrong', async () => {
    const result = await crashSweep(() => canary('jumps-steps'));
    assert.equal(result.runs, 0);
    assert.match(result.problems, /^the undisturbed run\n.*S6/);
  });
});

describe('late events', () => {
  async function* events(clock: ReturnType<typeof createVirtualClock>, failure?: Error): AsyncIterable<string> {
    for (const name of ['a', 'b']) {
      await sleep(clock, millis(10));
      yield name;
    }
    if (failure !== undefined) throw failure;
  }

  it('arrive in order, each so much later, and their end too', async () => {
    const clock = createVirtualClock(instant(0));
    const seen: string[] = [];
    void (async () => {
      for await (const event of late(events(clock), millis(100), clock, new AbortController().signal)) seen.push(`${event}@${clock.now()}`);
      seen.push(`end@${clock.now()}`);
    })();
    await clock.runFor(millis(500));
    assert.deepEqual(seen, ['a@110', 'b@120', 'end@120']);
  });

  it('end with the error that ended them', async () => {
    const clock = createVirtualClock(instant(0));
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const event of late(events(clock, new Error('cut')), millis(100), clock, new AbortController().signal)) seen.push(event);
    };
    const end = read().catch((error: unknown) => String(error));
    await clock.runFor(millis(500));
    assert.equal(await end, 'Error: cut');
    assert.deepEqual(seen, ['a', 'b']);
  });
});

describe('golden logs', () => {
  it('show the first difference with what came before it', () => {
    assert.equal(firstDifference('a\nb\n', 'a\nb\n'), undefined);
    assert.equal(firstDifference('a\nb\nc\n', 'a\nx\nc\n'), 'line 2:\n    a\n  - b\n  + x');
    assert.match(firstDifference('a\n', 'a\nb\n') ?? '', /line 2/);
  });

  it('are written only when asked, and compared otherwise', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'golden-'));
    const asked = process.env['UPDATE_GOLDEN'];
    try {
      delete process.env['UPDATE_GOLDEN'];
      assert.throws(() => expectGolden('x', 'one\n', directory), /there is no golden log x\.log; run once with UPDATE_GOLDEN=1/);
      process.env['UPDATE_GOLDEN'] = '1';
      expectGolden('x', 'one\n', directory);
      assert.equal(readFileSync(path.join(directory, 'x.log'), 'utf8'), 'one\n');
      delete process.env['UPDATE_GOLDEN'];
      expectGolden('x', 'one\n', directory);
      assert.throws(() => expectGolden('x', 'two\n', directory), /the log differs from x\.log at line 1:/);
    } finally {
      if (asked === undefined) delete process.env['UPDATE_GOLDEN'];
      else process.env['UPDATE_GOLDEN'] = asked;
      rmSync(directory, { recursive: true });
    }
  });
});
