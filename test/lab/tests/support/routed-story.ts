import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import type { LabFiles } from '../../run/lab-files.ts';
import { actOnTheWay } from './act-on-the-way.ts';
import { breachAndRestore, inSeconds } from './breach-and-restore.ts';
import { bringPartsOf } from './bring-parts.ts';
import { type ControllerProcess, startController } from './controller-process.ts';
import { applyAll } from './installation.ts';
import { type OpenLoad, startOpenLoad } from './open-load.ts';
import { imageOf, type Release, releaseFiles } from './shop.ts';
import { createShopStage, type ShopStage } from './shop-stage.ts';
import { until } from './until.ts';

const PER_SECOND = 80;
export const HOST = 'checkout.test';
/** Both Services of the shop, all of the traffic on stable: what a team's route says before a release. */
export const BACKENDS = [
  { name: 'checkout-stable', port: 80, weight: 100 },
  { name: 'checkout-canary', port: 80, weight: 0 },
];

/** A data plane that the shop's traffic goes through. */
export interface DataPlane {
  readonly name: string;
  readonly test: string;
  /** Where its users knock. */
  readonly address: string;
  /** `trafficRouting` of the Rollout. */
  readonly routing: Readonly<Record<string, unknown>>;
  /** Of the chart: the rights that this router takes. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** The route, which belongs to the platform and lies in no repository that is applied. */
  readonly objects: readonly KubeObject[];
}

/** Users of the shop, who come through the gateway at a steady rate. */
export function startGatewayLoad({ address }: Pick<DataPlane, 'address'>): OpenLoad {
  const { hostname, port } = new URL(address);
  const target = () => ({ host: hostname, port: Number(port), virtualHost: HOST });
  return startOpenLoad({ perSecond: PER_SECOND, target, again: false });
}

/** Answers that were not 200, but for those of the bad release. */
function failures(load: OpenLoad, bad?: Release): readonly string[] {
  return Object.entries(load.tallies())
    .filter(([what]) => !what.endsWith(' 200') && (bad === undefined || what !== `${imageOf(bad)} 500`))
    .map(([what, { count }]) => `${count} x ${what}`);
}

/** Releases through a real data plane under a steady load: a good one costs no request, whoever acts on the way; a bad one is taken back. */
export function describeRoutedStory(lab: LabFiles, plane: DataPlane): void {
  const release = (tag: string, errorRate = 0): Release => ({ tag, errorRate, paymentTimeout: `${tag}s`, routing: plane.routing });
  const [FIRST, GOOD, STEERED, BAD] = [release('1'), release('2'), release('3'), release('4', 0.4)] as const;
  describe(`the story through ${plane.name}`, () => {
    let stage: ShopStage;
    let controller: ControllerProcess;
    let load: OpenLoad;
    let takeDown: () => Promise<void>;

    before(async () => {
      takeDown = await bringPartsOf(lab, plane.test);
      stage = await createShopStage(lab, plane.test, FIRST, { values: plane.values ?? {} });
      await applyAll(lab, plane.objects);
      controller = startController(lab, stage.installation.kubeconfig, `controller-${plane.test}`);
      load = startGatewayLoad(plane);
    });
    after(async () => {
      await load.stop();
      await stage.close();
      await controller.stop();
      await takeDown();
    });

    it('the first revision becomes healthy, and the gateway leads to it', async () => {
      await stage.untilHealthyWith(FIRST, 60);
      await until('the gateway answers', () => load.tallies()[`${imageOf(FIRST)} 200`]);
    });

    it('a good release is promoted without one failed request', async (test) => {
      load.reset();
      const began = performance.now();
      await stage.remote.push('checkout 2', releaseFiles(GOOD));
      await stage.untilHealthyWith(GOOD, 180);
      test.diagnostic(`promoted in ${inSeconds(performance.now() - began)}: ${JSON.stringify(load.tallies())}`);
      assert.ok(load.answers().length > 1000, `only ${load.answers().length} requests`);
      assert.deepEqual(failures(load), []);
    });

    it('a release that people scale, pause, promote, abort and retry on the way costs no request either', async (test) => {
      load.reset();
      const began = performance.now();
      const said = await actOnTheWay(stage, STEERED);
      test.diagnostic(`${said}, in ${inSeconds(performance.now() - began)}: ${JSON.stringify(load.tallies())}`);
      assert.deepEqual(failures(load), []);
    });

    it('a bad release is taken back, out of Git as well', async (test) => {
      load.reset();
      const good = (await stage.remote.log())[0]?.oid ?? '';
      test.diagnostic(await breachAndRestore(stage, { good, goodRelease: STEERED, bad: BAD, limit: 120, load }));
      assert.ok(load.tallies()[`${imageOf(BAD)} 500`] !== undefined, 'the bad release never served a request');
      assert.deepEqual(failures(load, BAD), []);
    });
  });
}
