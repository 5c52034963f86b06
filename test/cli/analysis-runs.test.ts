import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import '../../src/cli/actions/create-run.ts';
import '../../src/cli/actions/retry-run.ts';
import '../../src/cli/actions/terminate.ts';
import { ANALYSIS_RUN } from '../../src/api/kinds.ts';
import { recordAt } from '../../src/cli/model/fields.ts';
import { apply, at, metric } from '../../src/sim/scenario/timeline.ts';
import { halted, JUDGED_STEPS, PLATFORM, scenario, services, template, web } from '../rollouts/lab.ts';
import { analysisRun, shop } from './fixtures.ts';
import { assertGolden } from './golden-file.ts';
import { run } from './harness.ts';
import { type LiveStage, playLive } from './live-stage.ts';

const TEMPLATE = `
apiVersion: sluice.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: latency, namespace: shop}
spec:
  args: [{name: service}, {name: limit, value: "0.3"}]
  dryRun: [{metricName: saturation}]
  metrics:
  - {name: latency, interval: 10s, count: 2, successCondition: "result[0] < {{args.limit}}", provider: {prometheus: {query: "p95{service='{{args.service}}'}"}}}
  - {name: saturation, count: 1, failureCondition: "result[0] > 0.9", provider: {prometheus: {query: saturation}}}
`;

/** A canary that breached at its second step, and the template of the runs that these tests make. */
function breached(): Promise<LiveStage> {
  const judged = (tag: string): string => web({ steps: JUDGED_STEPS, tag, spec: 'rollback: {onFailure: Abort}' });
  return playLive(
    scenario([services(), template(), TEMPLATE, judged('v1')], {
      timeline: [at('0s', metric('success', 0.5)), at('60s', apply(judged('v2')))],
      until: halted('Degraded'),
    }),
  );
}

describe('get analysisrun', () => {
  let stage: LiveStage;
  before(async () => {
    stage = await breached();
  });

  it('shows a run as a tree of metrics and measurements, with limits, thresholds and templates', async () => {
    const name = stage.sim.snapshot(ANALYSIS_RUN)[0]?.metadata.name ?? '';
    const { code, out, err } = await stage.run(`get ar ${name}`);
    assert.deepEqual([code, err], [0, '']);
    assertGolden('get-ar-breach', out);
  });

  it('marks metrics that only report, also before they were measured', async () => {
    const { out } = await stage.run('create ar --from-template latency -a service=web --name by-hand');
    assert.equal(out, 'analysisrun.sluice.dev/by-hand: created\n');
    const shown = await stage.run('get ar by-hand');
    assertGolden('get-ar-fresh', shown.out);
    assert.match(shown.out, /saturation \(dry run\)/u);
  });

  it('lists runs by rollout, phase, template and name, and refuses a filter that selects nothing', async () => {
    const names = async (flags: string): Promise<string> => (await stage.run(`list ar -o name ${flags}`)).out;
    const failed = await names('--phase failed');
    assert.match(failed, /^analysisrun\.sluice\.dev\/web-\S+\n$/u);
    assert.equal(await names('--rollout web'), failed);
    assert.equal(await names('--template success'), failed);
    assert.equal(await names('--template latency'), 'analysisrun.sluice.dev/by-hand\n');
    assert.equal(await names('--rollout another'), '');
    assert.equal(await names('--name by-hand'), 'analysisrun.sluice.dev/by-hand\n');
    const wrong = await stage.run('list ar --phase faild');
    assert.deepEqual([wrong.code, wrong.err], [2, 'error: unknown phase "faild"; did you mean Failed?\n']);
    const rollouts = await stage.run('list rollouts --template success');
    assert.deepEqual([rollouts.code, rollouts.out], [2, '']);
  });
});

describe('create analysisrun', () => {
  let stage: LiveStage;
  before(async () => {
    stage = await breached();
  });

  it('names every problem at once, and makes nothing', async () => {
    const { code, err } = await stage.run('create ar --from-template latency -a sevice=web');
    assert.equal(code, 1);
    assert.match(err, /no template takes an argument sevice; they take: service, limit/u);
    assert.match(err, /argument service has no value; give it with -a service=VALUE/u);
    assert.match(err, /; nothing was created\n$/u);
    assert.equal((await stage.run('create ar --from-template nowhere')).code, 1);
    assert.equal(stage.sim.snapshot(ANALYSIS_RUN).length, 1);
  });

  it('prints what it would make on a client dry run, and lets the server check it on a server dry run', async () => {
    const { out } = await stage.run('create ar --from-template latency -a service=web -a limit=0.5 --dry-run=client -o yaml');
    assert.match(out, /^ {4}- name: limit\n {6}value: "0\.5"$/mu);
    assert.match(out, /^ {4}sluice\.dev\/templates: latency$/mu);
    assert.match(
      (await stage.run('create ar --from-template latency -a service=web --dry-run=server')).out,
      /created \(server dry run\)\n$/u,
    );
    assert.equal(stage.sim.snapshot(ANALYSIS_RUN).length, 1);
  });

  it('takes several templates, and refuses two sources or none', async () => {
    const { out } = await stage.run('create ar --from-template latency --from-template success -a service=web -o json');
    const made = JSON.parse(out) as { spec: { metrics: { name: string }[] } };
    assert.deepEqual(
      made.spec.metrics.map((one) => one.name),
      ['latency', 'saturation', 'success'],
    );
    assert.equal((await stage.run('create ar')).code, 2);
    assert.equal((await stage.run('create rollout --from-template latency')).code, 2);
  });

  it('reads templates from a file', async () => {
    const words = 'create ar --from-file t.yaml -a service=web --dry-run=client -o name --name mine';
    const { code, out } = await run(words, { files: { 't.yaml': TEMPLATE } });
    assert.deepEqual([code, out], [0, 'analysisrun.sluice.dev/mine\n']);
    const none = await run('create ar --from-file t.yaml', { files: { 't.yaml': PLATFORM } });
    assert.deepEqual([none.code, none.err], [2, 'error: "t.yaml" holds no AnalysisTemplate; name a file that holds one\n']);
  });

  it('makes another run of the same spec on retry, and leaves those of a Rollout to it', async () => {
    const own = stage.sim.snapshot(ANALYSIS_RUN).find((object) => object.metadata.name.startsWith('web-'))?.metadata.name ?? '';
    const refusal = await stage.run(`retry analysisrun ${own}`);
    assert.equal(refusal.code, 1);
    assert.match(refusal.err, /belongs to rollout web, which makes its runs itself; kubectl sluice resume web measures again/u);
    await stage.run('create ar --from-template latency -a service=web --name once');
    const open = await stage.run('retry ar/once');
    assert.match(open.err, /"once" still measures; wait for its end/u);
  });
});

describe('terminate analysisrun', () => {
  it('asks for the end and waits for it', async () => {
    const cluster = shop();
    const [present] = (await cluster.list(ANALYSIS_RUN)).items;
    const name = present?.metadata.name ?? '';
    cluster.answer = () => void cluster.put(ANALYSIS_RUN, analysisRun('Successful', '0.99'));
    const { code, out } = await run(`terminate ar ${name}`, { cluster });
    assert.deepEqual([code, out], [0, `analysisrun.sluice.dev/${name}: terminated: Successful\n`]);
    const [patch] = cluster.patches;
    assert.deepEqual(recordAt(patch?.patch, 'body', 'spec'), { terminate: true });
    assert.equal(recordAt(patch?.patch, 'body', 'metadata')['uid'], 'run-1');
    const again = await run(`terminate ar/${name}`, { cluster });
    assert.deepEqual([again.out, cluster.patches.length], [`analysisrun.sluice.dev/${name}: has ended already: Successful\n`, 1]);
  });

  it('says that no controller answered, and refuses other kinds', async () => {
    const cluster = shop();
    const name = analysisRun('Running', '0.9').metadata.name;
    const late = await run(`terminate ar ${name} --timeout 5s`, { cluster });
    assert.deepEqual([late.code, late.out], [1, '']);
    assert.match(late.err, /terminate is written, but no controller ended the run in time/u);
    assert.equal((await run(`terminate rollout checkout`, { cluster })).code, 2);
    assert.equal((await run(`terminate ar`, { cluster })).code, 2);
    assert.equal((await run(`terminate ar nope`, { cluster })).code, 1);
  });
});
