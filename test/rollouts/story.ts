import { CONFIG_MAP, GIT_SYNC, POD, ROLLOUT } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { instant } from '../../src/api/time.ts';
import {
  bannerManifest,
  configMapManifest,
  platformManifests,
  type Release,
  rolloutManifest,
  servicesManifest,
} from '../../src/demo/manifests.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { SluiceError } from '../../src/ports/errors.ts';
import { createRbacAuthorizer } from '../../src/sim/cluster/rbac-authorizer.ts';
import type { SimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { isServing } from '../../src/sim/invariants/world-view.ts';
import { readMessage } from '../../src/sim/repository/git-objects.ts';
import type { SimRemote } from '../../src/sim/repository/sim-remote.ts';
import { createSimRepositories, type RepositoryFault, type RepositoryRequest } from '../../src/sim/repository/sim-repositories.ts';
import type { ControllerDeps } from '../../src/sim/scenario/controller-port.ts';
import { parseManifests } from '../../src/sim/scenario/manifests.ts';
import type { Scenario, ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { type Action, at, metric, perform, type TimelineEvent, timeOf } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';
import { chartRules } from './chart-rules.ts';
import { startManager } from './start-manager.ts';

const URL = 'https://git.example.com/shop.git';
const BRANCH = 'main';
const START = Date.UTC(2026, 0, 1);
const CRDS = ownCrds();

export const FIRST: Release = { image: 'checkout:1.0', paymentTimeout: '2s' };
export const GOOD: Release = { image: 'checkout:1.1', paymentTimeout: '3s' };
export const BAD: Release = { image: 'checkout:1.2', paymentTimeout: '1ms' };
export const FIX: Release = { image: 'checkout:1.3', paymentTimeout: '3s' };
export const METRIC = 'http_requests_total';
export const ROLLOUT_FILE = 'shop/checkout.yaml';
export const CONFIG_FILE = 'shop/checkout-config.yaml';
export const BANNER_FILE = 'shop/banner.yaml';

/** Two measurements ten seconds apart, both of which have to be good. */
const TEMPLATE = `
apiVersion: sluice.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: success-rate}
spec:
  args: [{name: service}, {name: canary-hash}, {name: window, value: 1m}]
  metrics:
  - name: success-rate
    interval: 10s
    count: 2
    successCondition: result[0] >= 0.95
    provider:
      prometheus:
        query: |
          sum(rate(http_requests_total{service="{{args.service}}",pod_template_hash="{{args.canary-hash}}",code!~"5.."}[{{args.window}}]))
`;

type Files = Readonly<Record<string, string | null>>;

/** The files that a release of checkout changes. */
export function release(of: Release): Files {
  return { [ROLLOUT_FILE]: rolloutManifest(of), [CONFIG_FILE]: configMapManifest(of) };
}

/** What is in the repository before the story begins. */
export const INITIAL: Files = {
  ...release(FIRST),
  [BANNER_FILE]: bannerManifest('welcome'),
  'shop/services.yaml': servicesManifest(),
  'shop/success-rate.yaml': TEMPLATE,
  'README.md': 'All of the shop.\n',
};

/** A repository, a GitSync that applies it as its service account, and the controller with the rights of the chart. */
export interface Story {
  readonly scenario: Scenario;
  readonly remote: SimRemote;
  /** Every call to the repository over the network. */
  readonly requests: readonly RepositoryRequest[];
  /** Those of them that were made before the story came to its end. */
  requestsToEnd(): readonly RepositoryRequest[];
  /** What happens to calls to the repository; the last one set wins. */
  onRepository(hook: (request: RepositoryRequest) => RepositoryFault | undefined): void;
  /** Lines to compare the ends of two runs by: history, files, and how the cluster differs from them. */
  end(sim: SimCluster): readonly string[];
}

export interface StoryOptions {
  readonly timeline?: ((story: StoryHands) => readonly TimelineEvent[]) | undefined;
  readonly until?: Until | undefined;
  readonly limit?: string | undefined;
  readonly initial?: Files | undefined;
}

/** What the people of a story can do. */
export interface StoryHands {
  /** Commits on top of the branch, as one push. */
  readonly commit: (time: string, message: string, files: Files) => TimelineEvent;
  readonly remote: SimRemote;
}

const STORIES = new WeakMap<object, Story>();

/** The story that a scenario, or the cluster of its run, belongs to. */
export function storyOf(of: Scenario | SimCluster): Story {
  const story = STORIES.get(of);
  if (story === undefined) throw new Error('this scenario is not one of createStory');
  return story;
}

/** Where the cluster, Git and the service ended; two runs of a story must agree on it. */
export function storyEnd(run: Pick<ScenarioRun, 'end' | 'sim'>): readonly string[] {
  return [...run.end, ...storyOf(run.sim).end(run.sim)];
}

/** Healthy again on the template before the bad one. */
export function reverted(): Until {
  return rolloutIs('shop/checkout', 'Healthy', (status) => {
    const conditions = status['conditions'] as readonly { readonly type: string; readonly reason: string }[];
    return conditions.some((condition) => condition.type === 'Ready' && condition.reason === 'Reverted');
  });
}

/** The story of the demo: a good release, a bad one with an unrelated commit on top, the restore. GitSync looks every two minutes; each commit leaves it one more look before the next. */
export function demoTimeline({ commit }: StoryHands): readonly TimelineEvent[] {
  return [
    at('0s', metric(METRIC, 0.999)),
    commit('230s', 'checkout 1.1', release(GOOD)),
    at('465s', metric(METRIC, 0.62)),
    commit('470s', 'checkout 1.2: pay faster', release(BAD)),
    commit('471s', 'banner: sale', { [BANNER_FILE]: bannerManifest('sale') }),
  ];
}

function createHands(remote: SimRemote): StoryHands {
  const commit = (time: string, message: string, files: Files): TimelineEvent => {
    const act: Action['act'] = () => {
      remote.commit(BRANCH, files, message, instant(START + timeOf(time)));
    };
    return at(time, perform(`commit '${message}'`, act));
  };
  return { commit, remote };
}

/** Every commit of the branch, oldest first. */
export function history(remote: SimRemote): readonly { readonly oid: string; readonly message: string }[] {
  const tip = remote.branches.get(BRANCH);
  const line: { oid: string; message: string }[] = [];
  for (let next = tip; next !== undefined; next = remote.commits.get(next)?.parents[0]) {
    line.unshift({ oid: next, message: remote.commits.get(next)?.message ?? '' });
  }
  return line;
}

/** A file at the tip. */
export function fileAtTip(remote: SimRemote, path: string): string | undefined {
  const entry = remote.commits.get(remote.branches.get(BRANCH) ?? '')?.tree.get(path);
  return entry === undefined ? undefined : remote.blobs.get(entry.oid);
}

/** Commits that carry the trailer of a restore. */
export function restoreCommits(remote: SimRemote): readonly string[] {
  return history(remote)
    .filter(({ message }) => readMessage(message).trailers.some(({ key }) => key === 'Sluice-Revert-Id'))
    .map(({ message }) => message);
}

/** What the tip declares and the cluster does not hold: empty when Git and cluster agree. */
export function gitVersusCluster(remote: SimRemote, sim: SimCluster): readonly string[] {
  return [ROLLOUT_FILE, CONFIG_FILE, BANNER_FILE].flatMap((path) => {
    const wanted = parseManifests(fileAtTip(remote, path) ?? '');
    return wanted.flatMap((object) => {
      const live = sim
        .snapshot(object.kind === 'Rollout' ? ROLLOUT : CONFIG_MAP)
        .find((one) => one.metadata.namespace === 'shop' && one.metadata.name === object.metadata.name);
      return (['spec', 'data'] as const)
        .filter((part) => !contains(live?.[part], object[part]))
        .map((part) => `${path}: ${object.kind} ${object.metadata.name} has another ${part} in the cluster`);
    });
  });
}

function contains(live: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return Object.is(live, wanted);
  if (typeof live !== 'object' || live === null || Array.isArray(live) !== Array.isArray(wanted)) return false;
  return Object.entries(wanted).every(([key, value]) => contains((live as Readonly<Record<string, unknown>>)[key], value));
}

/** A new story; each run of a sweep needs one of its own. */
export function createStory(options: StoryOptions = {}): Story {
  let life: ControllerDeps | undefined;
  const alive = (): ControllerDeps => {
    if (life === undefined) throw new SluiceError('invariant', 'the repository is used before the controller has started');
    return life;
  };
  const clock: Clock = {
    now: () => alive().clock.now(),
    monotonic: () => alive().clock.monotonic(),
    startTimer: (delay, fire) => alive().clock.startTimer(delay, fire),
  };
  const repositories = createSimRepositories({ clock });
  const remote = repositories.remote(URL);
  const requests: RepositoryRequest[] = [];
  const until = options.until ?? reverted();
  let toEnd: number | undefined;
  let hook: (request: RepositoryRequest) => RepositoryFault | undefined = () => undefined;
  repositories.onRequest((request) => {
    requests.push(request);
    const fault = hook(request);
    if (fault?.kind === 'crash') alive().crash();
    return fault;
  });
  remote.commit(BRANCH, options.initial ?? INITIAL, 'the shop', instant(START - 1000));
  const start = startManager({ repositories });
  const platform = platformManifests({ repository: URL, prometheus: 'http://prometheus.monitoring:9090' });
  const scenario: Scenario = {
    crds: CRDS,
    manifests: [...chartRules(), ...parseManifests(platform.replace('interval: 1s', 'interval: 2m'))],
    timeline: (options.timeline ?? demoTimeline)(createHands(remote)),
    startController: (deps) => {
      life = deps;
      STORIES.set(deps.sim, story);
      return start(deps);
    },
    until: {
      ...until,
      holds: (sim) => {
        const holds = until.holds(sim);
        if (holds) toEnd ??= requests.length;
        return holds;
      },
    },
    limit: options.limit ?? '30m',
    quiet: '5m',
    authorize: createRbacAuthorizer,
    commits: () => history(remote),
    tokens: [],
  };
  const story: Story = {
    scenario,
    remote,
    requests,
    requestsToEnd: () => requests.slice(0, toEnd),
    onRepository: (next) => {
      hook = next;
    },
    end: (sim) => [
      ...history(remote).map(({ message }, index) => `commit ${index + 1}: ${readMessage(message).subject}`),
      `${restoreCommits(remote).length} restore commits`,
      ...gitVersusCluster(remote, sim),
      ...[ROLLOUT_FILE, CONFIG_FILE, BANNER_FILE].map((path) => `${path}: ${JSON.stringify(fileAtTip(remote, path))}`),
      ...sim.snapshot(GIT_SYNC).map((sync) => `gitsync ${sync.metadata.name}: ${phaseOf(sync)}`),
    ],
  };
  STORIES.set(scenario, story);
  return story;
}

function phaseOf(object: KubeObject): string {
  return String((object['status'] as { readonly phase?: unknown } | undefined)?.phase);
}

/** The image of every pod that serves. */
export function servedImages(sim: Pick<SimCluster, 'snapshot'>): readonly (string | undefined)[] {
  return sim
    .snapshot(POD)
    .filter(isServing)
    .map((pod) => /checkout:\d\.\d/.exec(JSON.stringify(pod['spec']))?.[0]);
}
