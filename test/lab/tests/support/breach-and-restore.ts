import type { OpenLoad } from './open-load.ts';
import { proveRestore, untilRestoreIsPushed } from './prove-restore.ts';
import { bannerFile, imageOf, type Release, releaseFiles } from './shop.ts';
import type { ShopStage } from './shop-stage.ts';

/** Milliseconds for people. */
export function inSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

export interface Breach {
  /** The commit that holds the good release. */
  readonly good: string;
  readonly goodRelease: Release;
  readonly bad: Release;
  /** Seconds for each wait. */
  readonly limit: number;
  /** Whose answers count; those on the Service when absent. */
  readonly load?: OpenLoad;
}

/** Pushes a bad release and an unrelated commit on top, and waits until everything agrees again; answers the figures. */
export async function breachAndRestore(stage: ShopStage, { good, goodRelease, bad, limit, load = stage.load }: Breach): Promise<string> {
  const pushedBad = await stage.remote.push(`checkout ${bad.tag}: new payment client`, releaseFiles(bad));
  const unrelated = await stage.remote.push('banner', bannerFile(`beside ${bad.tag}`));
  // GitSync applies the tip: when both arrive between two looks, the bad change came into the cluster with the second commit.
  const commits = [pushedBad, unrelated];
  await stage.untilRollout('a breach is found', ({ status }) => commits.includes(status?.rollback?.badCommit ?? ''), limit);
  const breached = Date.now();
  const pushed = await untilRestoreIsPushed(stage, unrelated, limit);
  await stage.untilHealthyWith(goodRelease, limit);
  await proveRestore(stage, { good, bad: pushedBad, unrelated, release: goodRelease });
  const tally = load.tallies()[`${imageOf(bad)} 500`];
  const served = tally === undefined ? 'none served' : `${tally.count} bad answers over ${inSeconds(tally.last - tally.first)}`;
  return `${served}; restore commit pushed ${inSeconds(pushed - breached)} after the breach`;
}
