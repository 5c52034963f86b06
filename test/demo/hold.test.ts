import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type CommandResult, runTool, toolPath } from '../support/kubectl.ts';
import { type DemoProcess, listens, startDemo } from './demo-process.ts';

/** A Rollout that a person tries out beside the story's own; it pauses after its first weight. */
function cart(tag: string, more = ''): string {
  return `apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: cart}
spec:
  replicas: 2
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: cart, image: 'shop/cart:${tag}'}]}
  strategy:
    canary:
      steps: [{setWeight: 50}, {pause: {}}]
${more}`;
}

describe('the demo that is held', () => {
  let demo: DemoProcess;
  let home: string;
  let env: Readonly<Record<string, string>>;
  let server: string;

  const run = (args: readonly string[], input?: string): Promise<CommandResult> =>
    runTool('kubectl', args, { env, ...(input === undefined ? {} : { input }) });
  const succeeds = async (args: readonly string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await run(args, input);
    assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const fails = async (args: readonly string[], input?: string, code = 1): Promise<string> => {
    const result = await run(args, input);
    assert.equal(result.code, code, `kubectl ${args.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.stderr + result.stdout;
  };
  const phaseIs = (phase: string): Promise<string> =>
    succeeds(['wait', 'rollout/cart', `--for=jsonpath={.status.phase}=${phase}`, '--timeout=20s']);

  before(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'sluice-hold-'));
    demo = startDemo(['--hold']);
    const [, kubeconfig = '', programs = ''] = await demo.saw(/export KUBECONFIG=(\S+) PATH=(\S+):"\$PATH"/u);
    await demo.saw(/kubectl-sluice get rollout checkout/u);
    symlinkSync(toolPath('kubectl'), path.join(home, 'kubectl'));
    env = {
      KUBECONFIG: kubeconfig,
      HOME: home,
      KUBECACHEDIR: path.join(home, 'cache'),
      PATH: `${programs}:${home}:${process.env['PATH']}`,
    };
    server = await succeeds(['config', 'view', '--minify', '-o', 'jsonpath={.clusters[0].cluster.server}']);
  });
  after(async () => {
    await demo.dispose();
    rmSync(home, { recursive: true, force: true });
  });

  it('shows rollouts in columns, wide, as json and as yaml', async () => {
    const [heading = '', row = ''] = (await succeeds(['get', 'rollouts'])).split('\n');
    assert.deepEqual(heading.trim().split(/\s+/u), ['NAME', 'DESIRED', 'CURRENT', 'UPDATED', 'AVAILABLE', 'WEIGHT', 'PHASE', 'AGE']);
    assert.deepEqual(row.trim().split(/\s+/u).slice(0, 7), ['checkout', '5', '5', '5', '5', '0', 'Healthy']);
    assert.match(
      await succeeds(['get', 'ro', '-o', 'wide']),
      /REVISION +MESSAGE\n.* 4 +revision 3 breached and was reverted by commit [0-9a-f]{40}/u,
    );
    const object: unknown = JSON.parse(await succeeds(['get', 'ro', 'checkout', '-o', 'json']));
    assert.equal(Reflect.get(Object(object), 'kind'), 'Rollout');
    assert.match(await succeeds(['get', 'ro', 'checkout', '-o', 'yaml']), /^ {2}name: checkout\n {2}namespace: shop$/mu);
    const all = await succeeds(['get', 'ar,rs,pods,gitsyncs,gittargets,metricproviders,at', '-o', 'name']);
    for (const name of [
      'analysisrun.sluice.dev/checkout-',
      'replicaset.apps/checkout-',
      'pod/checkout-',
      'gitsync.sluice.dev/shop',
      'gittarget.sluice.dev/shop',
      'metricprovider.sluice.dev/default',
      'analysistemplate.sluice.dev/success-rate',
    ]) {
      assert.ok(all.includes(name), `${name} is missing in\n${all}`);
    }
  });

  it('describes a rollout with its events and explains its fields', async () => {
    const text = await succeeds(['describe', 'rollout', 'checkout']);
    assert.match(text, /Phase: +Healthy/u);
    assert.match(text, /Warning +RolloutAborted .*analysis of step 2 breached: success-rate was 0\./u);
    const fields = await succeeds(['explain', 'rollout.spec.strategy.canary.steps']);
    assert.match(fields, /setWeight\s+<integer>/u);
  });

  it('refuses bad manifests from kubectl, on both ways to apply, and stores nothing of them', async () => {
    for (const way of [['apply'], ['apply', '--server-side']]) {
      assert.match(
        await fails([...way, '-f', '-'], cart('1').replace('replicas:', 'replica: 2\n  replicas:')),
        /unknown field "spec\.replica"|\.spec\.replica: field not declared in schema/u,
      );
      assert.match(
        await fails([...way, '-f', '-'], cart('1').replace('setWeight: 50', 'setWeight: -1')),
        /steps\[0\]\.setWeight: Invalid value/u,
      );
      assert.match(
        await fails([...way, '-f', '-'], cart('1').replace('{setWeight: 50}', '{setWeight: 50, pause: {}}')),
        /steps\[0\].*exactly one/u,
      );
    }
    assert.match(await fails(['get', 'rollout', 'cart']), /not found/u);
  });

  it('takes a good manifest, and prints what changes to a watch', async () => {
    assert.match(await succeeds(['apply', '-f', '-'], cart('1')), /rollout\.sluice\.dev\/cart created/u);
    await phaseIs('Healthy');
    const watching = run(['get', 'rollout', 'cart', '--watch', '--request-timeout=8s', '-o', 'jsonpath={.status.phase}{"\\n"}']);
    assert.match(await succeeds(['apply', '-f', '-'], cart('2')), /cart configured/u);
    await phaseIs('Paused');
    assert.match((await watching).stdout, /Healthy\n(?:.*\n)*Progressing\n(?:.*\n)*Paused\n/u);
    assert.match(await succeeds(['apply', '--server-side', '--force-conflicts', '-f', '-'], cart('2')), /cart serverside-applied/u);
  });

  it('is steered with the plugin, as a subcommand of kubectl', async () => {
    assert.match(await succeeds(['sluice', 'list', 'rollouts']), /^cart .*Paused.*\n(?:.*\n)*checkout .*Healthy/mu);
    const tree = await succeeds(['sluice', 'get', 'rollout', 'checkout']);
    assert.match(tree, /Restore commit\n +State: +Applied/u);
    assert.match(tree, /revision 3 \(quarantined\)/u);
    assert.match(await succeeds(['sluice', 'status', 'checkout']), /Healthy - revision 3 breached and was reverted/u);
    assert.match(await succeeds(['sluice', 'get', 'rollout', 'cart']), /Status: .*Paused[\s\S]*step 2: paused since/u);
    await succeeds(['sluice', 'pause', 'cart']);
    await succeeds(['sluice', 'resume', 'cart']);
    await succeeds(['sluice', 'abort', 'cart']);
    await phaseIs('Degraded');
    await succeeds(['sluice', 'retry', 'cart']);
    await phaseIs('Paused');
    await succeeds(['sluice', 'promote', 'cart']);
    await phaseIs('Healthy');
    assert.match(await fails(['sluice', 'promote', 'cart']), /^error: .*nothing|no revision is under test/u);
  });

  it('is steered with plain annotations too', async () => {
    await succeeds(['apply', '--server-side', '--force-conflicts', '-f', '-'], cart('3'));
    await phaseIs('Paused');
    const hash = await succeeds(['get', 'ro', 'cart', '-o', 'jsonpath={.status.currentPodHash}']);
    await succeeds(['annotate', '--overwrite', 'rollout', 'cart', `sluice.dev/abort=${hash}@1`]);
    await phaseIs('Degraded');
    assert.equal(await succeeds(['get', 'ro', 'cart', '-o', 'jsonpath={.status.lastHandledAbort}']), `${hash}@1`);
    await succeeds(['annotate', '--overwrite', 'rollout', 'cart', `sluice.dev/request=promote-full:${hash}@2`]);
    await succeeds(['wait', 'rollout/cart', '--for=jsonpath={.status.requestOutcome.outcome}=Refused', '--timeout=10s']);
    assert.match(
      await succeeds(['get', 'ro', 'cart', '-o', 'jsonpath={.status.requestOutcome.message}']),
      /aborted, which wins .*use retry/u,
    );
  });

  it('lints a file with the plugin as a program of its own', async () => {
    const file = path.join(home, 'bad.yaml');
    writeFileSync(file, cart('1').replace('setWeight: 50', 'setWeight: 101'));
    const { code, stdout } = await runTool('kubectl', ['sluice', 'lint', '-f', file], { env });
    assert.equal(code, 1);
    assert.match(stdout, /steps\[0\]\.setWeight/u);
    writeFileSync(file, cart('1'));
    assert.equal((await runTool('kubectl', ['sluice', 'lint', '-f', file], { env })).code, 0);
  });

  it('deletes a rollout and what belongs to it', async () => {
    await succeeds(['delete', 'rollout', 'cart', '--timeout=20s']);
    await succeeds(['wait', 'pods', '-l', 'app=cart', '--for=delete', '--timeout=20s']);
    assert.equal(await succeeds(['get', 'rs', '-l', 'app=cart', '-o', 'name']), '');
  });

  it('ends with the code of the story when it is interrupted, and leaves nothing behind', async () => {
    demo.interrupt();
    const { code, err } = await demo.ended;
    assert.deepEqual([code, err], [0, '']);
    assert.deepEqual(demo.leftFiles(), []);
    assert.equal(demo.leftProcesses(), false);
    assert.equal(await listens(Number(new URL(server).port)), false);
  });
});
