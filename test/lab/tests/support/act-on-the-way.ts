import { ROLLOUT } from '../../../../src/api/kinds.ts';
import { ABORT, REQUEST } from '../../../../src/api/labels.ts';
import type { Rollout } from '../../../../src/api/rollout.ts';
import { imageOf, NAMESPACE, type Release, releaseFiles } from './shop.ts';
import type { ShopStage } from './shop-stage.ts';

const [MORE, FEWER] = [8, 3];
/** Seconds for each thing that has to be seen. */
const LIMIT = 90;

function annotate(stage: ShopStage, annotations: Readonly<Record<string, string>>): Promise<unknown> {
  const body = { metadata: { annotations } };
  return stage.admin.cluster.patch(ROLLOUT, { namespace: NAMESPACE, name: 'checkout' }, { type: 'merge', body });
}

function canaryWeight({ status }: Rollout): number {
  return status?.canary?.weights?.canary.weight ?? 0;
}

/** At its first share, paused: stable has all of `replicas`, the canary has its share of them on top, and nobody else is left. */
function isSized({ status, spec }: Rollout, replicas: number, weight: number): boolean {
  const [canary, all] = [Math.ceil((weight * replicas) / 100), status?.replicas ?? 0];
  return spec.replicas === replicas && status?.updatedReplicas === canary && all === replicas + canary && status.availableReplicas === all;
}

/** Pushes a release with a canary that passes, and does everything on the way that people may do; resolves once it is promoted, with what was done. */
export async function actOnTheWay(stage: ShopStage, release: Release): Promise<string> {
  const push = (replicas: number): Promise<string> => stage.remote.push(`${replicas} replicas`, releaseFiles({ ...release, replicas }));
  await stage.remote.push(`checkout ${release.tag}`, releaseFiles(release));
  const first = await stage.untilRollout(
    'the canary has its first share',
    (rollout) =>
      JSON.stringify(rollout.spec.template).includes(`"${imageOf(release)}"`) &&
      rollout.status?.currentPodHash !== rollout.status?.stableRS &&
      canaryWeight(rollout) > 0,
    LIMIT,
  );
  const hash = first.status?.currentPodHash ?? '';
  const share = canaryWeight(first);
  const request = async (verb: string): Promise<void> => {
    const text = `${verb}:${hash}@lab-${verb}`;
    await annotate(stage, { [REQUEST]: text });
    // A request that is still unread is lost to the next one.
    await stage.untilRollout(`${verb} is done`, ({ status }) => status?.lastHandledRequest === text, LIMIT);
  };

  await request('pause');
  await stage.untilRollout('it is paused', ({ status }) => status?.phase === 'Paused', LIMIT);
  for (const replicas of [MORE, FEWER]) {
    await push(replicas);
    await stage.untilRollout(`${replicas} replicas and the canary serve`, (rollout) => isSized(rollout, replicas, share), LIMIT);
  }
  await request('resume');
  await request('promote');
  await stage.untilRollout('the canary has its second share', (rollout) => canaryWeight(rollout) > share, LIMIT);
  await annotate(stage, { [ABORT]: `${hash}@lab-abort` });
  await stage.untilRollout(
    'it is aborted, and nothing is left of its share',
    (rollout) => rollout.status?.abort === true && canaryWeight(rollout) === 0,
    LIMIT,
  );
  await request('retry');
  await stage.untilRollout('it begins again', (rollout) => rollout.status?.abort !== true && canaryWeight(rollout) > 0, LIMIT);
  await push(5);
  await request('promote-full');
  await stage.untilHealthyWith(release, 2 * LIMIT);
  return `paused at ${share} %, scaled to ${MORE} and ${FEWER}, resumed, promoted, aborted, retried, scaled to 5 and promoted in full`;
}
