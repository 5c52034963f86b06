import { setTimeout as delay } from 'node:timers/promises';
import type { GitSync } from '../../../../src/api/git-sync.ts';
import { GIT_SYNC, GIT_TARGET, METRIC_PROVIDER, NAMESPACE as NAMESPACE_KIND, ROLLOUT } from '../../../../src/api/kinds.ts';
import { parseGitSync, parseRollout } from '../../../../src/api/parse.ts';
import type { Rollout } from '../../../../src/api/rollout.ts';
import { isSluiceError } from '../../../../src/ports/errors.ts';
import { parseManifests } from '../../../../src/sim/scenario/manifests.ts';
import { ADDRESSES } from '../../run/addresses.ts';
import { type Connection, connect } from '../../run/lab-cluster.ts';
import type { LabFiles } from '../../run/lab-files.ts';
import { createGitRemote, type GitRemote } from './git-remote.ts';
import { applyAll, type Installation, installChart } from './installation.ts';
import { isSettled } from './is-settled.ts';
import type { OpenLoad } from './open-load.ts';
import { startServiceLoad } from './service-load.ts';
import { GIT_SECRET, gitSync, imageOf, NAMESPACE, platform, type Release, releaseFiles, surroundings } from './shop.ts';
import { until } from './until.ts';

/** Longer than a Rollout needs to give back what it holds. */
const GOODBYE = 20_000;
const REQUESTS_PER_SECOND = 80;
/** On the Services of the two sides: enough to notice a moment in which one of them has nobody to answer. */
const SIDE_REQUESTS_PER_SECOND = 20;

/** The shop on real parts: the chart's rights, a repository on the lab's Git server, and load on the Service. */
export interface ShopStage {
  readonly lab: LabFiles;
  readonly admin: Connection;
  readonly installation: Installation;
  readonly remote: GitRemote;
  /** On the Service that users call. */
  readonly load: OpenLoad;
  /** On the Services whose selectors the controller switches. */
  readonly sides: { readonly stable: OpenLoad; readonly canary: OpenLoad };
  rollout(): Promise<Rollout | undefined>;
  gitSync(): Promise<GitSync | undefined>;
  /** Waits until the Rollout is as told. */
  untilRollout(what: string, holds: (rollout: Rollout) => boolean, seconds: number): Promise<Rollout>;
  untilHealthyWith(release: Release, seconds: number): Promise<Rollout>;
  /** Removes the shop; answers whether the controller let it go, which it can only while it runs. */
  close(): Promise<boolean>;
}

function isHealthyWith(rollout: Rollout, release: Release): boolean {
  return isSettled(rollout) && JSON.stringify(rollout.spec.template).includes(`"${imageOf(release)}"`);
}

/** What is gone by itself meanwhile needs nothing any more. */
async function ifThere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isSluiceError(error, 'not_found')) throw error;
  }
}

/** Rollouts give back what they hold before they go; without a controller nobody does it for them. */
async function letRolloutsGo({ cluster }: Connection): Promise<void> {
  const { items } = await cluster.list(ROLLOUT, { namespace: NAMESPACE });
  const body = { metadata: { finalizers: null } };
  for (const { metadata } of items)
    await ifThere(cluster.patch(ROLLOUT, { namespace: NAMESPACE, name: metadata.name }, { type: 'merge', body }));
}

/** Removes the namespace with everything in it, and what the platform has for it; answers whether the controller let its Rollouts go within the given time. */
async function removeShop(admin: Connection, patience: number): Promise<boolean> {
  await ifThere(admin.cluster.remove(NAMESPACE_KIND, { name: NAMESPACE }));
  const until = performance.now() + patience;
  let byItself = true;
  while ((await admin.cluster.get(NAMESPACE_KIND, { name: NAMESPACE })) !== undefined) {
    if (performance.now() > until) {
      byItself = false;
      await letRolloutsGo(admin);
    }
    await delay(200);
  }
  await ifThere(admin.cluster.remove(METRIC_PROVIDER, { name: 'default' }));
  await ifThere(admin.cluster.remove(GIT_TARGET, { name: NAMESPACE }));
  return byItself;
}

/** How a stage differs from the plain one. */
export interface StageOptions {
  /** Where the shop's manifests are pushed; a new repository over HTTPS when absent. */
  readonly remote?: GitRemote;
  /** Of the chart, beside those that every stage has. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Leaves it to somebody else to apply what is pushed. */
  readonly withoutGitSync?: boolean;
  /** On the Services whose selector the controller sets. */
  readonly sideAnnotations?: Readonly<Record<string, string>>;
}

/** Installs Sluice and the shop in the lab, with this release pushed; no controller runs yet. */
export async function createShopStage(lab: LabFiles, name: string, first: Release, options: StageOptions = {}): Promise<ShopStage> {
  const admin = connect(lab.kubeconfig);
  await removeShop(admin, 0);
  const installation = await installChart(lab, admin, { secrets: [GIT_SECRET], ...options.values });
  const remote = options.remote ?? (await createGitRemote(lab, name));
  await remote.push('checkout 1', { ...releaseFiles(first), ...surroundings(options.sideAnnotations) });
  const setUp = platform({ repository: remote.url, credential: remote.credential, prometheus: ADDRESSES.prometheus });
  await applyAll(lab, parseManifests(options.withoutGitSync === true ? setUp : `${setUp}---\n${gitSync(remote.url)}`));
  const load = startServiceLoad(admin.cluster, NAMESPACE, 'checkout', REQUESTS_PER_SECOND);
  const side = (name: string): OpenLoad => startServiceLoad(admin.cluster, NAMESPACE, `checkout-${name}`, SIDE_REQUESTS_PER_SECOND);
  const sides = { stable: side('stable'), canary: side('canary') };
  // While the API server is away, the last answer is no answer.
  const read = async <T>(work: Promise<T>): Promise<T | undefined> => work.catch(() => undefined);
  const stage: ShopStage = {
    lab,
    admin,
    installation,
    remote,
    load,
    sides,
    async rollout() {
      const raw = await read(admin.cluster.get(ROLLOUT, { namespace: NAMESPACE, name: 'checkout' }));
      const parsed = raw === undefined ? undefined : parseRollout(raw);
      return parsed?.ok === true ? parsed.value : undefined;
    },
    async gitSync() {
      const raw = await read(admin.cluster.get(GIT_SYNC, { namespace: NAMESPACE, name: 'shop' }));
      const parsed = raw === undefined ? undefined : parseGitSync(raw);
      return parsed?.ok === true ? parsed.value : undefined;
    },
    untilRollout: (what, holds, seconds) =>
      until(
        what,
        async () => {
          const now = await stage.rollout();
          return now !== undefined && holds(now) ? now : undefined;
        },
        seconds,
        async () => ({ rollout: (await stage.rollout())?.status, sync: (await stage.gitSync())?.status?.message }),
      ),
    untilHealthyWith: (release, seconds) =>
      stage.untilRollout(`healthy with ${imageOf(release)}`, (rollout) => isHealthyWith(rollout, release), seconds),
    async close() {
      await Promise.all([load, sides.stable, sides.canary].map((one) => one.stop()));
      const byItself = await removeShop(admin, GOODBYE);
      await admin.close();
      return byItself;
    },
  };
  return stage;
}
