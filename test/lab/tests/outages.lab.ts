import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ROLLOUT } from '../../../src/api/kinds.ts';
import { REQUEST } from '../../../src/api/labels.ts';
import { tellLab } from '../run/control-api.ts';
import type { RunPart } from '../run/run-parts.ts';
import { type KeptController, keepController } from './support/keep-controller.ts';
import { proveRestore, untilRestoreIsPushed } from './support/prove-restore.ts';
import { bannerFile, imageOf, NAMESPACE, type Release, releaseFiles } from './support/shop.ts';
import { createShopStage, type ShopStage } from './support/shop-stage.ts';
import { untilBadIsSilent } from './support/stage-loads.ts';
import { theLab } from './support/the-lab.ts';

const OUTAGE_SECONDS = Number(process.env['SLUICE_OUTAGE_SECONDS'] ?? 60);
const GOOD: Release = { tag: '1', errorRate: 0, paymentTimeout: '2s' };
const BETTER: Release = { tag: '2', errorRate: 0, paymentTimeout: '3s' };
const bad = (tag: string): Release => ({ tag, errorRate: 0.5, paymentTimeout: `${tag}ms` });

describe(`the story with a part gone for ${OUTAGE_SECONDS} s`, () => {
  let stage: ShopStage;
  let controller: KeptController;
  const without = async (part: RunPart, during: () => Promise<void>): Promise<void> => {
    await tellLab(stage.lab, { do: 'stop', part, signal: 'SIGKILL' });
    try {
      await Promise.all([delay(OUTAGE_SECONDS * 1000), during()]);
    } finally {
      await tellLab(stage.lab, { do: 'start', part });
    }
  };
  const untilMeasured = (release: Release): Promise<unknown> =>
    stage.untilRollout(
      'the canary is being measured',
      ({ status, spec }) =>
        JSON.stringify(spec.template).includes(`"${imageOf(release)}"`) &&
        status?.currentPodHash !== status?.stableRS &&
        status?.canary?.currentStepAnalysisRunStatus !== undefined,
      60,
    );
  const push = async (release: Release): Promise<{ readonly bad: string; readonly unrelated: string }> => ({
    bad: await stage.remote.push(`checkout ${release.tag}`, releaseFiles(release)),
    unrelated: await stage.remote.push('banner', bannerFile(`beside ${release.tag}`)),
  });
  let good = '';

  before(async () => {
    stage = await createShopStage(theLab(), 'outages', GOOD);
    controller = keepController(stage.lab, stage.installation.kubeconfig, 'controller-outages');
    await stage.untilHealthyWith(GOOD, 60);
    good = (await stage.remote.log())[0]?.oid ?? '';
  });
  after(async () => {
    await stage.close();
    await controller.stop();
  });

  it('without Git the traffic goes back at once, and the restore commit comes when Git does', async (test) => {
    const release = bad('10');
    const commits = await push(release);
    await untilMeasured(release);
    stage.load.reset();
    await without('git', async () => {
      await stage.untilRollout('a breach is found', ({ status }) => status?.rollback?.state === 'Intent', 60);
      const { count, first, last } = await untilBadIsSilent(stage, release);
      test.diagnostic(`${count} bad answers over ${((last - first) / 1000).toFixed(1)} s, with Git away`);
    });
    const back = Date.now();
    const pushed = await untilRestoreIsPushed(stage, commits.unrelated, 120);
    await stage.untilHealthyWith(GOOD, 60);
    await proveRestore(stage, { good, ...commits, release: GOOD });
    test.diagnostic(`the restore commit came ${((pushed - back) / 1000).toFixed(1)} s after Git did`);
  });

  it('without Prometheus nothing advances and nothing is taken back; a person can go on', async (test) => {
    await stage.remote.push('checkout 2', releaseFiles(BETTER));
    await untilMeasured(BETTER);
    const index = (await stage.rollout())?.status?.currentStepIndex;
    await without('prometheus', async () => {
      await delay((OUTAGE_SECONDS - 5) * 1000);
      const held = (await stage.rollout())?.status;
      assert.equal(held?.currentStepIndex, index);
      assert.notEqual(held?.abort, true);
      assert.notEqual(held?.rollback?.podTemplateHash, held?.currentPodHash);
    });
    const { status } = await stage.untilRollout('it waits for a person', (rollout) => rollout.status?.phase === 'Paused', 30);
    test.diagnostic(`it says: ${status?.message}`);
    // The measurement is made again, by a person's word: there is no verdict yet that this release is good.
    const body = { metadata: { annotations: { [REQUEST]: `resume:${status?.currentPodHash}@outage` } } };
    await stage.admin.cluster.patch(ROLLOUT, { namespace: NAMESPACE, name: 'checkout' }, { type: 'merge', body });
    await stage.untilHealthyWith(BETTER, 120);
    good = (await stage.remote.log())[0]?.oid ?? '';
  });

  it('without the API server users are served, and the breach is dealt with when it is back', async (test) => {
    const release = bad('30');
    const commits = await push(release);
    await untilMeasured(release);
    stage.load.reset();
    await without('apiserver', () => Promise.resolve());
    const back = Date.now();
    const pushed = await untilRestoreIsPushed(stage, commits.unrelated, 120);
    await stage.untilHealthyWith(BETTER, 120);
    await proveRestore(stage, { good, ...commits, release: BETTER });
    const other = Object.keys(stage.load.tallies()).filter((what) => !what.endsWith(' 200') && what !== `${imageOf(release)} 500`);
    assert.deepEqual(other, []);
    test.diagnostic(
      `the restore commit came ${((pushed - back) / 1000).toFixed(1)} s after the API server did; the controller ended ${controller.restarts()} times by itself`,
    );
  });
});
