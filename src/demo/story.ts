import { ROLLOUT } from '../api/kinds.ts';
import { parseRollout } from '../api/parse.ts';
import type { Rollout } from '../api/rollout.ts';
import { instant, type Millis, millis } from '../api/time.ts';
import type { Clock } from '../ports/clock.ts';
import { applyManifests } from './apply-manifests.ts';
import type { DeveloperCommit } from './developer.ts';
import {
  bannerManifest,
  configMapManifest,
  NAMESPACE,
  platformManifests,
  type Release,
  rolloutManifest,
  SERVICE_NAME,
  servicesManifest,
  successRateManifest,
} from './manifests.ts';
import type { Printer } from './printer.ts';
import type { Stage } from './stage.ts';
import { waitFor } from './wait-for.ts';

const FIRST: Release = { image: 'shop/checkout:1', paymentTimeout: '2s' };
const GOOD: Release = { image: 'shop/checkout:2', paymentTimeout: '2s' };
const BAD: Release = { image: 'shop/checkout:3', paymentTimeout: '20ms' };

/** Which share of its answers each image gets wrong. */
export const ERROR_RATES: Readonly<Record<string, number>> = { [BAD.image]: 0.3 };

/** How long a chapter may take. */
export const CHAPTER_LIMIT = millis(40_000);

/** The commits that the proof is about. */
export interface Commits {
  readonly good: string;
  readonly bad: string;
  readonly unrelated: string;
}

interface StoryOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of each chapter. */
  readonly limit: Millis;
}

/** Plays the three chapters; rejects with a StoryError when one does not end as told. */
export async function playStory(stage: Stage, printer: Printer, options: StoryOptions): Promise<Commits> {
  const teller = createTeller(stage, printer, options);
  printer.chapter(`A cluster, a repository, and ${stage.prometheus.what}`);
  await teller.push([{ ...release(FIRST, 'checkout 1'), files: { ...files(FIRST), ...surroundings(stage.prometheus.firstRates) } }]);
  await applyManifests(stage.admin, platformManifests({ repository: stage.repositoryUrl, prometheus: stage.prometheus.address }));
  await teller.until('the first revision becomes healthy', (rollout) => healthyWith(rollout, FIRST));

  printer.chapter('A good release: judged at 20 % and at 60 %, then promoted');
  const [good = ''] = await teller.push([release(GOOD, 'checkout 2: faster baskets')]);
  await teller.until('the good release is promoted', (rollout) => healthyWith(rollout, GOOD));

  printer.chapter('A bad release, code and configuration in one commit, and an unrelated commit on top');
  const banner = { author: 'Mo Ads', message: 'Autumn banner\n', files: { 'shop/banner.yaml': bannerManifest('Autumn sale') } };
  const [bad = '', unrelated = ''] = await teller.push([release(BAD, 'checkout 3: new payment client, tighter timeout'), banner]);
  await teller.until(
    'the restore is applied',
    (rollout) => healthyWith(rollout, GOOD) && rollout.status?.rollback?.state === 'Applied',
    whyNoRestore,
  );
  return { good, bad, unrelated };
}

type Draft = Omit<DeveloperCommit, 'at'>;

function createTeller(stage: Stage, printer: Printer, { clock, signal, limit }: StoryOptions) {
  const rollout = (): Rollout | undefined => {
    const raw = stage.sim
      .snapshot(ROLLOUT)
      .find((object) => object.metadata.name === SERVICE_NAME && object.metadata.namespace === NAMESPACE);
    const parsed = raw === undefined ? undefined : parseRollout(raw);
    return parsed?.ok === true ? parsed.value : undefined;
  };
  return {
    push: async (drafts: readonly Draft[]): Promise<readonly string[]> => {
      const commits = drafts.map((draft) => ({ ...draft, at: instant(clock.now()) }));
      const oids = await stage.developer.push(commits);
      commits.forEach((commit, index) => {
        const [subject = ''] = commit.message.split('\n', 1);
        printer.line('git', `${commit.author} pushes ${oids[index]?.slice(0, 7)} "${subject}"`);
      });
      return oids;
    },
    until: (what: string, holds: (rollout: Rollout) => boolean, fails: (rollout: Rollout) => string | undefined = () => undefined) =>
      waitFor({
        sim: stage.sim,
        clock,
        signal,
        limit,
        what,
        holds: () => {
          const now = rollout();
          return now !== undefined && holds(now);
        },
        fails: () => {
          const now = rollout();
          return now === undefined ? undefined : fails(now);
        },
        instead: () => insteadOf(rollout()),
      }),
  };
}

/** Why the restore can no longer come: nothing was found wrong with the bad release, or nobody may push. */
function whyNoRestore(rollout: Rollout): string | undefined {
  if (healthyWith(rollout, BAD)) return 'the bad release was promoted';
  const rollback = rollout.status?.rollback;
  return rollback?.state === 'Blocked' || rollback?.state === 'Superseded'
    ? `there is no restore commit: ${rollback.state} (${rollback.reason}): ${rollback.message}`
    : undefined;
}

function insteadOf(rollout: Rollout | undefined): string {
  if (rollout?.status === undefined) return 'there is no Rollout that the controller has looked at';
  return `the Rollout is ${rollout.status.phase}: ${rollout.status.message ?? ''}`;
}

function healthyWith(rollout: Rollout, release: Release): boolean {
  const { status, metadata, spec } = rollout;
  const settled =
    status?.phase === 'Healthy' && status.observedGeneration === metadata.generation && status.stableRS === status.currentPodHash;
  return settled && JSON.stringify(spec.template).includes(`"${release.image}"`);
}

function files(of: Release): Readonly<Record<string, string>> {
  return { 'shop/rollout.yaml': rolloutManifest(of), 'shop/config.yaml': configMapManifest(of) };
}

function surroundings(firstRates: string): Readonly<Record<string, string>> {
  return {
    'shop/services.yaml': servicesManifest(),
    'shop/analysis.yaml': successRateManifest(firstRates),
    'shop/banner.yaml': bannerManifest('Summer sale'),
    'README.md': 'What runs in the shop.\n',
  };
}

function release(of: Release, subject: string): Draft {
  return { author: 'Ada Shop', message: `${subject}\n`, files: files(of) };
}
