import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../../../src/sim/clock/random.ts';
import { breachAndRestore, inSeconds } from './support/breach-and-restore.ts';
import { type ControllerProcess, SHORT_LEASE, startController } from './support/controller-process.ts';
import { imageOf, type Release, releaseFiles } from './support/shop.ts';
import { createShopStage, type ShopStage } from './support/shop-stage.ts';
import { failures, NONE, resetLoads } from './support/stage-loads.ts';
import { theLab } from './support/the-lab.ts';
import { until } from './support/until.ts';

const FIRST: Release = { tag: '1', errorRate: 0, paymentTimeout: '2s' };
const GOOD: Release = { tag: '2', errorRate: 0, paymentTimeout: '3s' };
const BAD: Release = { tag: '3', errorRate: 0.4, paymentTimeout: '20ms' };
const AGAIN: Release = { tag: '4', errorRate: 0.4, paymentTimeout: '30ms' };

const SEED = Number(process.env['SLUICE_SEED'] ?? Date.now() % 100_000);

async function untilLeading(controller: ControllerProcess, over?: AbortSignal): Promise<void> {
  await until('the controller leads', () => over?.aborted === true || controller.logged().includes('"leading"'), 60);
}

describe('the whole story on real parts', () => {
  let stage: ShopStage;
  let controller: ControllerProcess;
  let good = '';

  before(async () => {
    stage = await createShopStage(theLab(), 'story', FIRST);
    controller = startController(stage.lab, stage.installation.kubeconfig, 'controller');
  });
  after(async () => {
    // The last one may have been started a moment ago.
    await untilLeading(controller);
    const letGo = await stage.close();
    assert.equal(await controller.stop(), 0);
    assert.ok(letGo, 'the Rollout kept its namespace from being removed');
  });

  it('the first revision becomes healthy', async () => {
    await stage.untilHealthyWith(FIRST, 60);
  });

  it('a good release is promoted and every request is answered', async (test) => {
    await delay(1000);
    resetLoads(stage);
    const began = performance.now();
    good = await stage.remote.push('checkout 2: faster baskets', releaseFiles(GOOD));
    await stage.untilHealthyWith(GOOD, 120);
    const answered = Object.values(stage.load.tallies()).reduce((sum, { count }) => sum + count, 0);
    test.diagnostic(`promoted in ${inSeconds(performance.now() - began)}, ${answered} requests answered`);
    assert.ok(answered > 1000, `only ${answered} requests`);
    assert.deepEqual(failures(stage), NONE);
  });

  it('a bad release is taken back, out of Git as well, and nothing else is', async (test) => {
    resetLoads(stage);
    test.diagnostic(await breachAndRestore(stage, { good, goodRelease: GOOD, bad: BAD, limit: 60 }));
    assert.ok((stage.load.tallies()[`${imageOf(BAD)} 500`]?.count ?? 0) > 0, 'the bad release never served a request');
    assert.deepEqual(failures(stage, BAD), NONE);
  });

  it('a bad release is taken back while the controller is killed at random times', async (test) => {
    test.diagnostic(`seed ${SEED}`);
    const random = createRandom(SEED);
    resetLoads(stage);
    const over = new AbortController();
    let kills = 0;
    const killing = (async () => {
      while (!over.signal.aborted) {
        // One of four dies while it starts; the others once they have had some time to work, however long a loaded machine takes to start them.
        const early = random() < 0.25;
        if (!early) await untilLeading(controller, over.signal);
        await delay(random() * (early ? 3000 : 12_000));
        if (over.signal.aborted) return;
        await controller.kill();
        kills += 1;
        controller = startController(stage.lab, stage.installation.kubeconfig, `controller-${kills}`, { flags: SHORT_LEASE });
      }
    })();
    try {
      const report = await breachAndRestore(stage, { good, goodRelease: GOOD, bad: AGAIN, limit: 180 });
      test.diagnostic(`killed ${kills} times; ${report}`);
    } finally {
      over.abort();
      await killing;
    }
    assert.ok(kills > 0);
    assert.deepEqual(failures(stage, AGAIN), NONE);
  });
});
