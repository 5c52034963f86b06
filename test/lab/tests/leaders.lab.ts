import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LEASE } from '../../../src/api/kinds.ts';
import { leaseName } from '../../../src/kube/lease.ts';
import { RELEASE } from '../../chart/render.ts';
import { at } from '../../contract/fixtures.ts';
import { tellLab } from '../run/control-api.ts';
import { type ControllerProcess, SHORT_LEASE, startController } from './support/controller-process.ts';
import { type Release, releaseFiles } from './support/shop.ts';
import { createShopStage, type ShopStage } from './support/shop-stage.ts';
import { theLab } from './support/the-lab.ts';
import { until } from './support/until.ts';

const FIRST: Release = { tag: '1', errorRate: 0, paymentTimeout: '2s' };
const SECOND: Release = { tag: '2', errorRate: 0, paymentTimeout: '3s' };
/** A new process on a loaded machine, which may have to wait for the end of a lease. */
const UP_WITHIN = 60;
/** The lease of these tests lasts 6 s and is tried every 0.5 s; the rest is for a loaded machine. */
const TAKEN_OVER_WITHIN = 15;

describe('two controllers on a real API server', () => {
  let stage: ShopStage;
  const running = new Map<string, ControllerProcess>();
  const start = (name: string): void =>
    void running.set(name, startController(stage.lab, stage.installation.kubeconfig, name, { flags: SHORT_LEASE }));

  const holder = async (): Promise<string | undefined> => {
    const lease = await stage.admin.cluster.get(LEASE, { namespace: RELEASE.namespace, name: leaseName('') });
    const identity = at(lease, 'spec.holderIdentity');
    return typeof identity === 'string' && identity !== '' ? identity.replace(/_.*$/, '') : undefined;
  };
  const untilHeldBy = (what: string, holds: (name: string) => boolean, seconds: number): Promise<string> =>
    until(
      what,
      async () => {
        const name = await holder();
        return name !== undefined && holds(name) ? name : undefined;
      },
      seconds,
      holder,
    );

  before(async () => {
    stage = await createShopStage(theLab(), 'leaders', FIRST);
    start('left');
    start('right');
  });
  after(async () => {
    await stage.close();
    for (const controller of running.values()) await controller.stop();
  });

  it('one of them leads, and does the work', async () => {
    await untilHeldBy('one of them holds the lease', (name) => running.has(name), UP_WITHIN);
    await stage.untilHealthyWith(FIRST, 60);
  });

  it('the other one takes over a release in the middle when the leader is killed', async (test) => {
    const leader = await untilHeldBy('one of them holds the lease', (name) => running.has(name), UP_WITHIN);
    await stage.remote.push('checkout 2', releaseFiles(SECOND));
    await stage.untilRollout(
      'the release is under way',
      ({ status }) => status?.phase === 'Progressing' && (status.currentStepIndex ?? 0) > 0,
      30,
    );
    const began = performance.now();
    await running.get(leader)?.kill();
    running.delete(leader);
    const other = await untilHeldBy('the other one holds the lease', (name) => running.has(name), TAKEN_OVER_WITHIN);
    test.diagnostic(`${other} took over from ${leader} within ${((performance.now() - began) / 1000).toFixed(1)} s`);
    await stage.untilHealthyWith(SECOND, 90);
  });

  it('a leader that is told to stop gives the lease back at once', async (test) => {
    start('third');
    const leader = await untilHeldBy('one of them holds the lease', (name) => running.has(name), UP_WITHIN);
    await until('the third one is up', () => running.get('third')?.logged().includes('"msg":"started"'), UP_WITHIN);
    const began = performance.now();
    assert.equal(await running.get(leader)?.stop(), 0);
    running.delete(leader);
    const next = await untilHeldBy('another one holds the lease', (name) => running.has(name), 5);
    test.diagnostic(`${next} took over from ${leader} within ${((performance.now() - began) / 1000).toFixed(1)} s of SIGTERM`);
  });

  it('a leader that loses the API server for longer than its lease ends, and a new process leads', async () => {
    const leader = await untilHeldBy('one of them holds the lease', (name) => running.has(name), UP_WITHIN);
    const process = running.get(leader);
    await tellLab(stage.lab, { do: 'stop', part: 'apiserver', signal: 'SIGKILL' });
    assert.equal(await process?.ended(), 1);
    running.delete(leader);
    await tellLab(stage.lab, { do: 'start', part: 'apiserver' });
    start('fourth');
    await untilHeldBy('a new one holds the lease', (name) => running.has(name), UP_WITHIN);
    await stage.untilHealthyWith(SECOND, 60);
  });
});
