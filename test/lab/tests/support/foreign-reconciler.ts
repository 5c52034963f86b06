import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LabFiles } from '../../run/lab-files.ts';
import { inSeconds } from './breach-and-restore.ts';
import { bringPartsOf } from './bring-parts.ts';
import { type ControllerProcess, startController } from './controller-process.ts';
import { type Release, releaseFiles } from './shop.ts';
import { createShopStage, type ShopStage } from './shop-stage.ts';
import { failures, NONE, resetLoads, untilBadIsSilent } from './stage-loads.ts';
import { until } from './until.ts';

/** Somebody else's reconciler in the place of GitSync. */
export interface ForeignReconciler {
  readonly name: string;
  /** The test file, which says what it needs. */
  readonly test: string;
  /** What its users put on the Services whose selector a progressive controller sets, so that it leaves the selector alone. */
  readonly sideAnnotations: Readonly<Record<string, string>>;
  /** Tells it of the repository. */
  install(stage: ShopStage): Promise<void>;
  /** As its webhook does after a push. */
  refresh(stage: ShopStage): Promise<void>;
  /** The commit that it has applied last, whole. */
  applied(stage: ShopStage): Promise<string | undefined>;
  /** Its own word on what it applied. */
  health(stage: ShopStage): Promise<'Good' | 'Bad' | 'Waiting'>;
  remove(stage: ShopStage): Promise<void>;
}

const TARGET = { gitTarget: 'shop' };
const FIRST: Release = { tag: '1', errorRate: 0, paymentTimeout: '2s', ...TARGET };
const GOOD: Release = { tag: '2', errorRate: 0, paymentTimeout: '3s', ...TARGET };
const BAD: Release = { tag: '3', errorRate: 0.5, paymentTimeout: '20ms', ...TARGET };

/**
 * The story with a reconciler whose record Sluice does not read yet: what was applied is judged and the traffic goes back all the same, but no commit is made,
 * since nothing vouches for where the bad change came from; status says so, and a person reverts.
 */
export function describeForeignReconciler(lab: LabFiles, reconciler: ForeignReconciler): void {
  describe(`the story with ${reconciler.name} as the reconciler`, () => {
    let takeDown: () => Promise<void>;
    let stage: ShopStage;
    let controller: ControllerProcess;
    const push = async (release: Release): Promise<string> => {
      const commit = await stage.remote.push(`checkout ${release.tag}`, releaseFiles(release));
      await reconciler.refresh(stage);
      return commit;
    };
    const untilHealth = (wanted: 'Good' | 'Bad', seconds: number): Promise<unknown> =>
      until(
        `${reconciler.name} calls it ${wanted}`,
        async () => ((await reconciler.health(stage)) === wanted ? true : undefined),
        seconds,
        async () => ({ says: await reconciler.health(stage), rollout: (await stage.rollout())?.status }),
      );

    before(async () => {
      takeDown = await bringPartsOf(lab, reconciler.test);
      stage = await createShopStage(lab, reconciler.test, FIRST, { withoutGitSync: true, sideAnnotations: reconciler.sideAnnotations });
      controller = startController(lab, stage.installation.kubeconfig, `controller-${reconciler.test}`);
      await reconciler.install(stage);
    });
    after(async () => {
      await reconciler.remove(stage);
      await stage.close();
      await controller.stop();
      await takeDown();
    });

    it('applies the first revision, and learns that it is healthy', async () => {
      await stage.untilHealthyWith(FIRST, 60);
      await untilHealth('Good', 60);
      assert.equal(await reconciler.applied(stage), (await stage.remote.log())[0]?.oid);
    });

    it('a good release that it applies is promoted, and every request is answered', async (test) => {
      resetLoads(stage);
      const began = performance.now();
      const commit = await push(GOOD);
      await stage.untilHealthyWith(GOOD, 120);
      test.diagnostic(`promoted ${inSeconds(performance.now() - began)} after the push`);
      assert.deepEqual(failures(stage), NONE);
      await untilHealth('Good', 60);
      assert.equal(await reconciler.applied(stage), commit);
    });

    it('a bad release loses its traffic, and status says why no commit is made', async (test) => {
      resetLoads(stage);
      const bad = await push(BAD);
      const { status } = await stage.untilRollout('it is aborted', (rollout) => rollout.status?.abort === true, 90);
      const { count, first, last } = await untilBadIsSilent(stage, BAD);
      test.diagnostic(`${count} bad answers over ${inSeconds(last - first)}`);
      const rollback = status?.rollback;
      test.diagnostic(`${rollback?.state}/${rollback?.reason}: ${rollback?.message}`);
      assert.equal(rollback?.state, 'Blocked');
      assert.match(rollback.message ?? '', /revert by hand/);
      assert.deepEqual(failures(stage, BAD), NONE);
      assert.equal((await stage.remote.log())[0]?.oid, bad, 'nothing is pushed');
      await untilHealth('Bad', 60);
    });

    it('a person reverts, and everything agrees again', async () => {
      resetLoads(stage);
      const revert = await push(GOOD);
      await stage.untilHealthyWith(GOOD, 60);
      await untilHealth('Good', 60);
      assert.equal(await reconciler.applied(stage), revert);
      assert.deepEqual(failures(stage, BAD), NONE);
    });
  });
}
