import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { LEASE, NAMESPACE, ROLLOUT } from '../../src/api/kinds.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { createSimCluster, type SimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { type SimFront, serveSimCluster } from '../../src/sim/http/serve-sim-cluster.ts';
import { type SluiceProcess, startSluice } from './sluice-process.ts';
import { withKubeconfig } from './with-kubeconfig.ts';

const ADMIN = { name: 'admin', groups: ['system:masters'] };

/** Two controllers as they run in a cluster: over HTTP, with a lease. */
describe('the controller as a process', () => {
  let sim: SimCluster;
  let front: SimFront;

  before(async () => {
    sim = createSimCluster({ clock: createSystemClock(), crds: ownCrds() });
    for (const name of ['sluice-system', 'shop']) {
      await sim.as(ADMIN).create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    front = await serveSimCluster({ cluster: sim, users: { controller: ADMIN }, port: 0 });
  });
  after(() => front.close());

  const holder = (): string => {
    const spec: unknown = sim.snapshot(LEASE)[0]?.['spec'];
    return String(Reflect.get(Object(spec), 'holderIdentity') ?? '');
  };
  const start = (name: string, kubeconfig: string, directory: string): SluiceProcess =>
    startSluice(
      [
        'controller',
        '--health-address=127.0.0.1:0',
        '--metrics-address=127.0.0.1:0',
        '--lease-duration=3s',
        '--renew-deadline=2s',
        '--retry-period=500ms',
        `--git-cache-dir=${directory}/git`,
      ],
      { KUBECONFIG: kubeconfig, POD_NAME: name },
    );
  const addressesOf = async (controller: SluiceProcess): Promise<{ health: string; metrics: string }> => {
    const line: unknown = JSON.parse(await controller.line(/"started"/u));
    return { health: `http://${Reflect.get(Object(line), 'health')}`, metrics: `http://${Reflect.get(Object(line), 'metrics')}` };
  };
  const metric = async (address: string, name: string): Promise<string | undefined> => {
    const page = await (await fetch(`${address}/metrics`)).text();
    return page.split('\n').find((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  };
  const seenByController = (name: string, message: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = sim.snapshot(ROLLOUT).find((one) => one.metadata.name === name);
        if (!message.test(JSON.stringify(found?.['status'] ?? {}))) return;
        stop();
        resolve();
      };
      const stop = sim.onWrite(look);
      look();
    });
  const rollout = (name: string) => ({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Rollout',
    metadata: { name, namespace: 'shop' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'app:1' }] } },
      strategy: { canary: {} },
    },
  });

  it('leads and works, answers its probes, hands its lease over when it is asked to stop, and the other takes over', async () => {
    await withKubeconfig(front.urlFor('controller'), async (file, directory) => {
      const first = start('one', file, directory);
      const running: SluiceProcess[] = [first];
      try {
        await first.line(/"leading"/u);
        assert.match(holder(), /^one_[0-9a-f]{8}$/u);
        const { health, metrics } = await addressesOf(first);
        assert.equal((await fetch(`${health}/healthz`)).status, 200);
        await sim.as(ADMIN).create(ROLLOUT, rollout('before'));
        await seenByController('before', /"phase":"Progressing"/u);
        assert.equal((await fetch(`${health}/readyz`)).status, 200);
        assert.match((await metric(metrics, 'sluice_leader')) ?? '', / 1$/u);

        const second = start('two', file, directory);
        running.push(second);
        const other = await addressesOf(second);
        assert.match((await metric(other.metrics, 'sluice_leader')) ?? '', / 0$/u);

        first.signal('SIGTERM');
        const { code, err } = await first.ended;
        assert.deepEqual([code, err], [0, '']);
        await second.line(/"leading"/u);
        assert.match(holder(), /^two_/u);
        await sim.as(ADMIN).create(ROLLOUT, rollout('after'));
        await seenByController('after', /"phase":"Progressing"/u);

        second.signal('SIGTERM');
        assert.equal((await second.ended).code, 0);
        assert.equal(holder(), '', 'a lease that is given back is free at once');
      } finally {
        for (const one of running) one.signal('SIGKILL');
        await Promise.all(running.map((one) => one.ended));
      }
    });
  });
});
