import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { EVENT, NAMESPACE } from '../../src/api/kinds.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { type SimFront, serveSimCluster } from '../../src/sim/http/serve-sim-cluster.ts';
import { at, WIDGET, WIDGET_CRD, widget } from '../contract/fixtures.ts';
import { type CommandResult, runTool } from '../support/kubectl.ts';

const ADMIN = { name: 'admin', groups: ['system:masters'] };

describe('kubectl against the HTTP front', () => {
  let front: SimFront;
  let cluster: Cluster;
  let directory: string;

  const kubectl = (args: readonly string[], input?: unknown): Promise<CommandResult> => {
    const env = { KUBECONFIG: join(directory, 'kubeconfig'), KUBECACHEDIR: join(directory, 'cache'), HOME: directory };
    const shared = ['--namespace=shop', `--cache-dir=${join(directory, 'cache')}`];
    return runTool('kubectl', [...args, ...shared], { env, ...(input === undefined ? {} : { input: JSON.stringify(input) }) });
  };
  const succeeds = async (args: readonly string[], input?: unknown): Promise<string> => {
    const result = await kubectl(args, input);
    assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  const fails = async (args: readonly string[], input?: unknown): Promise<string> => {
    const result = await kubectl(args, input);
    assert.notEqual(result.code, 0, `${args.join(' ')} should fail, but printed ${result.stdout}`);
    return result.stderr;
  };

  before(async () => {
    const sim = createSimCluster({ clock: createSystemClock(), crds: [WIDGET_CRD] });
    cluster = sim.as(ADMIN);
    await cluster.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    front = await serveSimCluster({ cluster: sim, users: { 'a-token': ADMIN }, port: 0 });
    directory = mkdtempSync(join(tmpdir(), 'sluice-kubectl-'));
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'sim', cluster: { server: front.urlFor('a-token') } }],
      users: [{ name: 'me', user: {} }],
      contexts: [{ name: 'sim', context: { cluster: 'sim', user: 'me' } }],
      'current-context': 'sim',
    };
    writeFileSync(join(directory, 'kubeconfig'), JSON.stringify(config));
  });
  after(async () => {
    await front.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('applies, applies again without a change, and changes', async () => {
    assert.match(await succeeds(['apply', '-f', '-'], widget('shop', 'applied')), /widget.contract.sluice.dev\/applied created/u);
    assert.match(await succeeds(['apply', '-f', '-'], widget('shop', 'applied')), /applied unchanged/u);
    assert.match(await succeeds(['apply', '-f', '-'], widget('shop', 'applied', { replicas: 3 })), /applied configured/u);
    assert.equal(at(await cluster.get(WIDGET, { namespace: 'shop', name: 'applied' }), 'spec.replicas'), 3);
  });

  it('applies server-side, and shows whose fields are in the way', async () => {
    await succeeds(['apply', '--server-side', '--field-manager=first', '-f', '-'], widget('shop', 'ssa', { replicas: 2 }));
    const stderr = await fails(['apply', '--server-side', '--field-manager=second', '-f', '-'], widget('shop', 'ssa', { replicas: 3 }));
    assert.match(stderr, /conflict with "first": .spec.replicas/u);
    await succeeds(
      ['apply', '--server-side', '--field-manager=second', '--force-conflicts', '-f', '-'],
      widget('shop', 'ssa', { replicas: 3 }),
    );
  });

  it('refuses unknown fields and invalid values before they are stored', async () => {
    assert.match(await fails(['apply', '-f', '-'], widget('shop', 'typo', { typo: 1 })), /unknown field "spec.typo"/u);
    assert.match(await fails(['apply', '-f', '-'], widget('shop', 'invalid', { replicas: -1 })), /spec.replicas: Invalid value: -1/u);
    assert.equal(await cluster.get(WIDGET, { namespace: 'shop', name: 'typo' }), undefined);
  });

  it('prints the columns of the definition', async () => {
    await cluster.create(WIDGET, widget('shop', 'shown', { replicas: 4 }));
    await cluster.patch(
      WIDGET,
      { namespace: 'shop', name: 'shown' },
      { type: 'merge', body: { status: { phase: 'Up' } } },
      { subresource: 'status' },
    );
    const [heading = '', row = ''] = (await succeeds(['get', 'wd', 'shown'])).split('\n');
    assert.deepEqual(heading.trim().split(/\s+/u), ['NAME', 'REPLICAS', 'PHASE', 'AGE']);
    assert.deepEqual(row.trim().split(/\s+/u).slice(0, 3), ['shown', '4', 'Up']);
  });

  it('applies a Deployment by strategic merge', async () => {
    const deployment = (image: string, more: readonly unknown[] = []): unknown => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image }, ...more] } },
      },
    });
    await succeeds(['apply', '-f', '-'], deployment('web:1', [{ name: 'side', image: 'side:1' }]));
    await succeeds(['apply', '-f', '-'], deployment('web:2'));
    assert.equal(await succeeds(['get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[*].image}']), 'web:2');
    assert.match(await succeeds(['get', 'deployments']), /web\s+0\/1/u);
  });

  it('annotates, labels, scales, patches, waits and deletes', async () => {
    await cluster.create(WIDGET, widget('shop', 'handled'));
    await succeeds(['annotate', 'widget', 'handled', 'sluice.dev/request=pause@1']);
    await succeeds(['label', 'widget', 'handled', 'team=a']);
    await succeeds(['scale', 'widget', 'handled', '--replicas=5']);
    await succeeds(['patch', 'widget', 'handled', '--type=merge', '-p', '{"spec":{"size":"small"}}']);
    const widgetNow = await cluster.get(WIDGET, { namespace: 'shop', name: 'handled' });
    assert.equal(widgetNow?.metadata.annotations?.['sluice.dev/request'], 'pause@1');
    assert.deepEqual([at(widgetNow, 'spec.replicas'), at(widgetNow, 'spec.size')], [5, 'small']);
    await succeeds(['wait', 'widget/handled', '--for=jsonpath={.spec.replicas}=5', '--timeout=5s']);
    assert.match(await fails(['patch', 'widget', 'handled', '--type=merge', '-p', '{"spec":{"color":"blue"}}']), /color is immutable/u);
    await succeeds(['delete', 'widget', 'handled', '--timeout=10s']);
    assert.match(await fails(['get', 'widget', 'handled']), /widgets.contract.sluice.dev "handled" not found/u);
  });

  it('describes an object with its events', async () => {
    const made = await cluster.create(WIDGET, widget('shop', 'described'));
    const regarding = { apiVersion: made.apiVersion, kind: 'Widget', name: 'described', namespace: 'shop', uid: made.metadata.uid };
    const words = {
      reason: 'Painted',
      action: 'Paint',
      note: 'painted it red',
      type: 'Normal',
      reportingController: 'painter',
      reportingInstance: 'painter-1',
    };
    const eventTime = '2026-01-01T00:00:00.000000Z';
    await cluster.create(EVENT, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'described.1', namespace: 'shop' },
      eventTime,
      regarding,
      ...words,
    });
    const text = await succeeds(['describe', 'widget', 'described']);
    assert.match(text, /Color:\s+red/u);
    assert.match(text, /Painted.*painted it red/u);
  });

  it('streams changes to get --watch', async () => {
    const watching = kubectl(['get', 'widgets', '--watch', '--request-timeout=3s', '-o', 'name', '-l', 'set=stream']);
    await cluster.create(WIDGET, widget('shop', 'streamed', {}, { labels: { set: 'stream' } }));
    assert.match((await watching).stdout, /widget.contract.sluice.dev\/streamed/u);
  });

  it('explains a kind from its schema', async () => {
    const text = await succeeds(['explain', 'widgets.spec']);
    assert.match(text, /color\s+<string> -required-/u);
    assert.match(text, /replicas\s+<integer>/u);
  });

  it('answers only to those who carry a token', async () => {
    assert.equal((await fetch(`${front.url}/api/v1/namespaces`)).status, 401);
    assert.equal((await fetch(`${front.url}/as/wrong/api/v1/namespaces`)).status, 401);
    assert.equal((await fetch(`${front.url}/api/v1/namespaces`, { headers: { authorization: 'Bearer a-token' } })).status, 200);
  });

  it('refuses a body that is too large', async () => {
    const body = JSON.stringify(widget('shop', 'huge', { template: { text: 'x'.repeat(4 * 1024 * 1024) } }));
    const reply = await fetch(`${front.urlFor('a-token')}/apis/contract.sluice.dev/v1/namespaces/shop/widgets`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(reply.status, 413);
  });
});
