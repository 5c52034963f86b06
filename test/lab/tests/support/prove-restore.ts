import assert from 'node:assert/strict';
import { CONFIG_MAP, POD } from '../../../../src/api/kinds.ts';
import { imageOf as imageOfPod } from '../../pods/behaviour.ts';
import { imageOf, NAMESPACE, type Release } from './shop.ts';
import type { ShopStage } from './shop-stage.ts';
import { until } from './until.ts';

export interface Restored {
  readonly good: string;
  readonly bad: string;
  readonly unrelated: string;
  readonly release: Release;
}

const FILES = ['shop/rollout.yaml', 'shop/config.yaml'];

/** Waits until a restore commit lies on top of the bad one; answers when that was seen. */
export async function untilRestoreIsPushed(stage: ShopStage, bad: string, seconds: number): Promise<number> {
  await until(
    'a restore commit is pushed',
    async () => {
      const history = await stage.remote.log();
      const newer = history.slice(
        0,
        history.findIndex((commit) => commit.oid === bad),
      );
      return newer.some((commit) => commit.message.includes('Sluice-Revert-Id:')) ? true : undefined;
    },
    seconds,
    async () => (await stage.rollout())?.status?.rollback,
  );
  return Date.now();
}

/** Fails unless Git, the cluster and what runs agree on the good release, by one restore commit. */
export async function proveRestore(stage: ShopStage, { good, bad, unrelated, release }: Restored): Promise<void> {
  const { remote, admin } = stage;
  await stage.untilRollout('the restore is recorded as applied', ({ status }) => status?.rollback?.state === 'Applied', 60);
  const history = await remote.log();
  const restores = history.filter(
    (commit) => commit.message.includes('Sluice-Revert-Id:') && history.indexOf(commit) < history.findIndex((one) => one.oid === bad),
  );
  assert.equal(restores.length, 1, `restore commits: ${restores.map((commit) => commit.message).join('\n---\n')}`);
  const [restore] = restores;
  assert.ok(restore);
  assert.deepEqual(
    history.slice(0, 3).map((commit) => commit.oid),
    [restore.oid, unrelated, bad],
  );
  for (const file of FILES) assert.equal(await remote.read('main', file), await remote.read(good, file), `${file} is not as it was`);
  assert.equal(await remote.read('main', 'shop/banner.yaml'), await remote.read(unrelated, 'shop/banner.yaml'));
  await until('GitSync has applied the restore commit', async () =>
    (await stage.gitSync())?.status?.lastAppliedRevision === restore.oid ? true : undefined,
  );
  const live = await admin.cluster.get(CONFIG_MAP, { namespace: NAMESPACE, name: 'checkout-config' });
  assert.deepEqual(live?.['data'], { PAYMENT_TIMEOUT: release.paymentTimeout });
  await until(
    'only pods of the good release run',
    async () => {
      const { items } = await admin.cluster.list(POD, { namespace: NAMESPACE, labelSelector: 'app=checkout' });
      const images = items.map(imageOfPod);
      return images.length === 5 && images.every((image) => image === imageOf(release)) ? true : undefined;
    },
    // Behind a router the bad pods stay for 30 s after their last traffic.
    90,
  );
}
