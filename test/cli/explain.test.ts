import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HTTP_ROUTE, ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import { recordAt } from '../../src/cli/model/fields.ts';
import { parseManifests } from '../../src/sim/scenario/manifests.ts';
import { apply, at, metric, podsBehave, removeObject } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';
import { BLUE_GREEN_SERVICES, blueGreenWeb } from '../rollouts/blue-green-lab.ts';
import { askAbort, halted, JUDGED_STEPS, scenario, services, template, web } from '../rollouts/lab.ts';
import { route, routed, routedWeb } from '../rollouts/routed-lab.ts';
import { assertGolden } from './golden-file.ts';
import { type LiveStage, playLive } from './live-stage.ts';

const PAUSED_STEPS = '[{setWeight: 25}, {pause: {duration: 10m}}, {setWeight: 50}]';

/** Until this of the status holds while revision 2 is under test. */
function midway(holds: (status: Readonly<Record<string, unknown>>) => boolean): Until {
  return rolloutIs('shop/web', 'Progressing', (status) => status['revision'] === 2 && holds(status));
}

async function explained(name: string, stage: LiveStage): Promise<string> {
  const { code, out, err, requests } = await stage.run('explain web');
  assert.deepEqual([code, err], [0, '']);
  assert.deepEqual(new Set(requests.map((request) => request.split(' ')[0])), new Set(['get', 'list']));
  assertGolden(`explain-${name}`, out);
  return out;
}

function paused(): Promise<LiveStage> {
  return playLive(
    scenario([services(), web({ steps: PAUSED_STEPS })], {
      timeline: [at('60s', apply(web({ steps: PAUSED_STEPS, tag: 'v2' })))],
      until: halted('Paused'),
    }),
  );
}

const MANUAL = 'autoPromotionEnabled: false';

describe('explain, against an API server over HTTP', () => {
  it('waits for pods that do not come up', async () => {
    const stage = await playLive(
      scenario([services(), web({ steps: PAUSED_STEPS })], {
        timeline: [at('10s', podsBehave('web:v2', { type: 'never-ready' })), at('60s', apply(web({ steps: PAUSED_STEPS, tag: 'v2' })))],
        until: midway((status) => status['updatedReplicas'] === 1),
      }),
    );
    const out = await explained('pods', stage);
    assert.match(out, /Waiting for: 1 pod of revision 2 to become available, since \w+; ends by itself when it is ready/u);
    assert.match(out, /You can: +see why pods are not ready: kubectl describe pods -n shop -l sluice\.dev\/pod-template-hash=\w+\n/u);
  });

  it('waits until the data plane serves the weight that is written', async () => {
    const stage = await playLive(
      routed([route(), routedWeb()], {
        timeline: [at('60s', apply(routedWeb({ tag: 'v2' })))],
        until: rolloutIs('shop/web', 'Progressing', (status) => {
          const weights = (status as { canary?: { weights?: { verified?: boolean; canary: { weight: number } } } }).canary?.weights;
          return status['revision'] === 2 && weights?.verified === false && weights.canary.weight === 25;
        }),
      }),
    );
    const out = await explained('weight', stage);
    assert.match(out, /Waiting for: the data plane to serve weight 25, since \w+; ends by itself when the router has accepted/u);
  });

  it('waits for the verdict of a gate', async () => {
    const judged = (tag: string): string => web({ steps: JUDGED_STEPS, tag });
    const stage = await playLive(
      scenario([services(), template(), judged('v1')], {
        timeline: [at('0s', metric('success', 0.99)), at('60s', apply(judged('v2')))],
        until: midway((status) => JSON.stringify(status['gates'] ?? '').includes('0.99')),
      }),
    );
    const out = await explained('gate', stage);
    assert.match(out, /Waiting for: AnalysisRun \S+ to give a verdict, since \w+; ends by itself when all is measured \(success 1 of 3\)/u);
  });

  it('is paused', async () => {
    const out = await explained('paused', await paused());
    assert.match(out, /: the pause ends\n/u);
  });

  it('is aborted', async () => {
    const stage = await playLive(
      scenario([services(), web({ steps: PAUSED_STEPS })], {
        timeline: [at('60s', apply(web({ steps: PAUSED_STEPS, tag: 'v2' }))), at('90s', askAbort('1'))],
        until: halted('Degraded'),
      }),
    );
    const out = await explained('aborted', stage);
    assert.match(out, /ends when the pod template changes, or somebody retries; revision 1 serves until then\n/u);
  });

  it('points to the numbers of a breach', async () => {
    const judged = (tag: string): string => web({ steps: JUDGED_STEPS, tag });
    const stage = await playLive(
      scenario([services(), template(), judged('v1')], {
        timeline: [at('0s', metric('success', 0.5)), at('60s', apply(judged('v2')))],
        until: halted('Degraded'),
      }),
    );
    const { out } = await stage.run('get rollout web');
    const run = /see what was measured: kubectl sluice (get analysisrun \S+ -n shop)\n/u.exec(out)?.[1] ?? '';
    assert.match((await stage.run(run)).out, /^Status: +✖ Failed$/mu);
  });

  it('wants nothing of the pods while the spec is refused', async () => {
    const wrong = web({ steps: '[{setWeight: 25}, {experiment: {templates: [{name: a, specRef: canary}]}}]', tag: 'v2' });
    const stage = await playLive(
      scenario([services(), web({ steps: PAUSED_STEPS })], { timeline: [at('60s', apply(wrong))], until: halted('Degraded') }),
    );
    const { out } = await stage.run('explain web');
    assert.match(out, /Weights: +left as they are while the spec is wrong\n/u);
    assert.match(out, /REPLICASET +REVISION +ROLE +ASKED FOR +PODS/u);
    assert.doesNotMatch(out, /Place: +phase Degraded, /u);
  });

  it('names the configuration that it waits for past the deadline too', async () => {
    const unready = web({ steps: PAUSED_STEPS, tag: 'v2' }).replace(
      'image: "web:v2"',
      'image: "web:v2", envFrom: [{configMapRef: {name: nope}}]',
    );
    const stage = await playLive(
      scenario([services(), web({ steps: PAUSED_STEPS })], { timeline: [at('60s', apply(unready))], until: halted('Degraded') }),
    );
    const { out } = await stage.run('get rollout web');
    assert.match(out, /^Message: +no progress for 600s: /mu);
    assert.match(out, /^Waiting for: ConfigMissing: ConfigMap nope, [^\n]*, since \w+; ends by itself, as soon as that is mended/mu);
    assert.match(out, /^You can: +create or correct the object that it names\n/mu);
  });

  it('is degraded because the route is gone', async () => {
    const stage = await playLive(
      routed([route(), routedWeb()], {
        timeline: [at('60s', apply(routedWeb({ tag: 'v2' }))), at('75s', removeObject(HTTP_ROUTE, 'shop/web'))],
        until: halted('Degraded'),
      }),
    );
    const out = await explained('degraded', stage);
    assert.match(out, /RouteNotFound/u);
  });

  it('is a preview that waits for a person', async () => {
    const stage = await playLive(
      scenario([BLUE_GREEN_SERVICES, blueGreenWeb({ tag: 'v1', fields: MANUAL })], {
        timeline: [at('60s', apply(blueGreenWeb({ tag: 'v2', fields: MANUAL })))],
        until: halted('Paused'),
      }),
    );
    const out = await explained('blue-green', stage);
    assert.match(out, /Waiting for: a person: this pause has no end of its own/u);
  });

  it('names what may not be read and tells the rest; without something essential it decides nothing', async () => {
    const stage = await paused();
    const { code, out } = await stage.run('explain web', ['gittargets', 'endpointslices']);
    assert.equal(code, 0);
    assertGolden('explain-forbidden', out);
    const harmless = await stage.run('explain web', ['gittargets', 'pods']);
    assert.match(harmless.out, /Could not be read\n {2}gittargets\.sluice\.dev of the cluster: .*\n/u);
    assert.match(harmless.out, /Would do: +nothing/u);
  });

  it('ends with one line when the Rollout itself may not be read', async () => {
    const { code, out, err } = await (await paused()).run('explain web', ['rollouts']);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^error: get rollouts\.sluice\.dev shop\/web: not for you; [^\n]*kubectl auth can-i --list[^\n]*\n$/u);
  });

  it('tells each effect with its reason, in order, while no controller has done it yet', async () => {
    const stage = await paused();
    const [rollout] = stage.sim.snapshot(ROLLOUT);
    const hash = String(recordAt(rollout, 'status')['currentPodHash']);
    const annotations = { 'sluice.dev/abort': `${hash}@1` };
    await stage.sim
      .as({ name: 'jane', groups: ['system:authenticated'] })
      .patch(ROLLOUT, { namespace: 'shop', name: 'web' }, { type: 'merge', body: { metadata: { annotations } } });
    const out = await explained('effects', stage);
    assert.match(out, /Requests: +pending: sluice\.dev\/abort: \S+@1\n/u);
    assert.match(out, /Would do: +1\. setServiceSelector web-canary: Service web-canary selects revision \S+\n/u);
    assert.deepEqual(stage.sim.snapshot(ROLLOUT)[0]?.['status'], rollout?.['status']);
  });

  it('decides about a Rollout that no controller has looked at, and about one that is wrong', async () => {
    const stage = await paused();
    const jane = stage.sim.as({ name: 'jane', groups: ['system:authenticated'] });
    for (const manifest of parseManifests([web({ name: 'fresh' }), services('fresh'), web({ name: 'wrong' })].join('---\n')))
      await jane.create(manifest.kind === 'Service' ? SERVICE : ROLLOUT, manifest);
    const fresh = await stage.run('explain fresh');
    assert.match(fresh.out, /Place: +the controller has not decided anything about it yet\n/u);
    assert.match(fresh.out, /Would do: +1\. createReplicaSet fresh-\w+: ReplicaSet fresh-\w+ is created with 4 pods\n/u);
    assert.match(fresh.out, /Waiting for: the controller to look at generation 1, since 0s; ends by itself/u);
    const wrong = await stage.run('explain wrong');
    assert.match(
      wrong.out,
      /wrong: spec\.strategy\.canary\.stableService [^\n]*there is no such Service in this namespace[^\n]*\n +wrong: spec\.strategy\.canary\.canaryService /u,
    );
    assert.match(wrong.out, /Would do: +nothing/u);
    assert.match(wrong.out, /✖ Degraded - spec\.strategy\.canary\.stableService/u);
  });

  it('tells of configuration and of what is being deleted', async () => {
    const stage = await paused();
    const jane = stage.sim.as({ name: 'jane', groups: ['system:authenticated'] });
    await jane.remove(ROLLOUT, { namespace: 'shop', name: 'web' });
    const gone = await stage.run('explain web');
    assert.match(gone.out, /Waiting for: the controller to give back what it selects and routes, since 0s/u);
    assert.match(gone.out, /Would do: +1\. /u);
  });

  it('gives programs the same as JSON and YAML', async () => {
    const stage = await paused();
    const { out } = await stage.run('explain web -o json');
    const data = JSON.parse(out) as {
      decision: { effects: unknown[]; phase: string };
      waits: { text: string }[];
      inputs: { replicaSets: unknown[] };
    };
    assert.deepEqual([data.decision.phase, data.decision.effects, data.inputs.replicaSets.length], ['Paused', [], 2]);
    assert.match(data.waits[0]?.text ?? '', /the pause to end in 10m/u);
    assert.match((await stage.run('explain web -o yaml')).out, /^ {2}phase: Paused$/mu);
  });
});
