import type { KubeObject } from '../../api/metadata.ts';
import { instant, type Millis, millis } from '../../api/time.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import { createRandom } from '../clock/random.ts';
import { createVirtualClock, type VirtualClock } from '../clock/virtual-clock.ts';
import { type Authorize, createSimCluster, type SimCluster, type SimUser } from '../cluster/sim-cluster.ts';
import type { SimRequest } from '../cluster/sim-types.ts';
import { CONTROLLER_USER } from '../invariants/controller-user.ts';
import { formatViolations } from '../invariants/format-violations.ts';
import type { Invariant, ObservedWrite, Violation } from '../invariants/invariant.ts';
import { watchInvariants } from '../invariants/watch-invariants.ts';
import { named } from '../invariants/world-view.ts';
import { controllerWrites } from '../invariants/write-budget.ts';
import { createLaggingRouter, type LaggingRouter, type LaggingRouterOptions } from '../router/lagging-router.ts';
import type { PodBehaviour } from '../world/pod-behaviour.ts';
import { createWorld, type World, type WorldDelays } from '../world/world.ts';
import { type ControllerLives, createControllerLives } from './controller-lives.ts';
import type { StartController } from './controller-port.ts';
import { endState } from './end-state.ts';
import { createGoldenLog, type GoldenLine, type GoldenLog, renderLog } from './golden-log.ts';
import type { PortRequest } from './incarnation.ts';
import { parseManifests } from './manifests.ts';
import { createRequestLine, type FaultPlan, type RequestLine } from './request-line.ts';
import { apply, faultText, type Stage, type TimelineEvent, timeOf } from './timeline.ts';
import type { Until } from './until.ts';

/** A Thursday; nothing depends on it. */
const START = instant(Date.UTC(2026, 0, 1));
const PERSON: SimUser = { name: 'jane', groups: ['system:authenticated'] };
const GATEWAY_USER: SimUser = { name: 'system:serviceaccount:gateway:controller', groups: ['system:authenticated'] };
const WORLD_USER: SimUser = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] };

export interface Scenario {
  readonly crds: readonly KubeObject[];
  /** Applied at the start, before the controller starts; YAML or objects. */
  readonly manifests: string | readonly KubeObject[];
  readonly timeline?: readonly TimelineEvent[] | undefined;
  readonly startController: StartController;
  /** Looked at once the timeline is over; the run ends when it holds. */
  readonly until: Until;
  /** When to give up, from the start; 1h. */
  readonly limit?: string | Millis | undefined;
  /** How long the controller must write nothing at the end (L1); 10m, 0s to leave that out. */
  readonly quiet?: string | Millis | undefined;
  /** How long after the end the controller may still write what follows from the last event; 10s. */
  readonly settle?: string | Millis | undefined;
  readonly seed?: number | undefined;
  readonly delays?: WorldDelays | undefined;
  /** How pods act unless the timeline says otherwise. */
  readonly behaviour?: ((pod: KubeObject) => PodBehaviour) | undefined;
  /** Who may do what, of the controller and of whom it impersonates; people and the world may do everything. */
  readonly authorize?: ((sim: SimCluster) => Authorize) | undefined;
  readonly commits?: (() => readonly { readonly message: string }[]) | undefined;
  readonly tokens?: readonly string[] | undefined;
  readonly invariants?: readonly Invariant[] | undefined;
  /** What happens to the controller's requests; the sweeps set it. */
  readonly faults?: FaultPlan | undefined;
  /** Data planes that follow the routes, with their lags; none when absent. The traffic that it serves is judged by the rules as well. */
  readonly router?: ScenarioRouter | undefined;
  /** How late the controller hears of changes of a kind: a stale cache; not at all late when absent. */
  readonly watchLag?: ((kind: ResourceKind) => Millis) | undefined;
  /** How long a request of the cluster's own controllers takes; no time when undefined. */
  readonly worldLag?: ((request: SimRequest) => Millis | undefined) | undefined;
}

/** How the data plane of a scenario follows what is written. */
export type ScenarioRouter = Pick<LaggingRouterOptions, 'lag' | 'statusDelay' | 'routers'>;

export interface ScenarioRun {
  readonly log: readonly GoldenLine[];
  /** The log as text, for `expectGolden`. */
  readonly text: string;
  readonly violations: readonly Violation[];
  /** The violations one a line; empty when there are none: `assert.equal(run.problems, '')`. */
  readonly problems: string;
  /** Every committed write, of everyone. */
  readonly writes: readonly ObservedWrite[];
  /** Every request of the controller, in all its incarnations. */
  readonly requests: readonly PortRequest[];
  /** How many of the requests were sent before the end was reached; the others belong to the rest after it. */
  readonly requestsToEnd: number;
  readonly incarnations: number;
  readonly end: readonly string[];
  readonly sim: SimCluster;
}

/** The cluster, with the scenario's rules for the controller and for whom it impersonates. */
function createScenarioCluster(scenario: Scenario, clock: VirtualClock): SimCluster {
  let authorize: Authorize = () => undefined;
  const sim = createSimCluster({
    clock,
    crds: scenario.crds,
    authorize: (request) => {
      const free = request.impersonator === undefined && request.user.name !== CONTROLLER_USER.name;
      return free ? undefined : authorize(request);
    },
  });
  if (scenario.authorize !== undefined) authorize = scenario.authorize(sim);
  const { worldLag } = scenario;
  if (worldLag !== undefined) {
    sim.onRequest((request) => {
      const delay = request.user.name === WORLD_USER.name ? worldLag(request) : undefined;
      return delay === undefined ? undefined : { kind: 'delay', delay };
    });
  }
  return sim;
}

/** Waits for something that needs virtual time to go on. */
async function drive<T>(clock: VirtualClock, work: Promise<T>, limit: Millis): Promise<T> {
  let done = false;
  const finish = (): void => {
    done = true;
  };
  work.then(finish, finish);
  if (!(await clock.runUntil(() => done, limit))) throw new Error(`an event of the timeline did not end within ${limit / 1000} s`);
  return work;
}

interface Rule {
  readonly matches: (pod: KubeObject) => boolean;
  readonly behaviour: PodBehaviour;
}

interface Parts {
  readonly scenario: Scenario;
  readonly clock: VirtualClock;
  readonly sim: SimCluster;
  readonly log: GoldenLog;
  readonly stage: Stage;
  readonly lives: ControllerLives;
  readonly dataPlane: LaggingRouter | undefined;
  readonly writes: () => readonly ObservedWrite[];
  /** Called when the end is reached, or given up. */
  readonly onEnd: () => void;
}

/** The rest after the end: status that follows the last event may still be written, and after that nothing. */
async function rest(
  clock: VirtualClock,
  settle: Millis,
  quiet: Millis,
  writes: () => readonly ObservedWrite[],
): Promise<readonly string[]> {
  await clock.runFor(settle);
  const before = controllerWrites(writes()).length;
  await clock.runFor(quiet);
  const late = controllerWrites(writes()).slice(before);
  const what = late
    .slice(0, 3)
    .map(({ request, after }) => `${request.verb} ${request.kind.kind} ${after === undefined ? request.name : named(after)}`);
  return late.length === 0 ? [] : [`the controller still wrote ${late.length} times in ${quiet / 1000} s of rest: ${what.join(', ')}`];
}

async function play({ scenario, clock, sim, log, stage, lives, writes, onEnd }: Parts): Promise<readonly string[]> {
  const start = clock.now();
  const manifests = typeof scenario.manifests === 'string' ? parseManifests(scenario.manifests) : scenario.manifests;
  await drive(clock, Promise.resolve(apply(manifests).act(stage)), millis(60_000));
  lives.start();
  for (const event of [...(scenario.timeline ?? [])].sort((left, right) => left.at - right.at)) {
    await clock.advanceTo(instant(start + event.at));
    log.note(`> ${event.what}`);
    await drive(clock, Promise.resolve(event.act(stage)), millis(60_000));
  }
  const limit = timeOf(scenario.limit ?? '1h');
  const left = millis(start + limit - clock.now());
  const reached = await clock.runUntil(() => scenario.until.holds(sim), left);
  onEnd();
  if (!reached) return [`the run did not come to '${scenario.until.what}' within ${limit / 1000} s`];
  log.note(`= ${scenario.until.what}`);
  const quiet = timeOf(scenario.quiet ?? '10m');
  return quiet > 0 ? rest(clock, timeOf(scenario.settle ?? '10s'), quiet, writes) : [];
}

/** The world of a scenario, with the rules that its timeline sets. */
function setStage(
  scenario: Scenario,
  parts: Pick<Parts, 'clock' | 'sim'>,
  line: RequestLine,
): { readonly stage: Stage; readonly world: World } {
  const { clock, sim } = parts;
  const rules: Rule[] = [];
  const usual = scenario.behaviour ?? ((): PodBehaviour => ({ type: 'ready-after', delay: millis(2000) }));
  const world = createWorld({
    cluster: sim.as(WORLD_USER),
    clock,
    random: createRandom(scenario.seed ?? 1),
    delays: scenario.delays,
    behaviour: (pod) => rules.findLast((rule) => rule.matches(pod))?.behaviour ?? usual(pod),
  });
  const stage: Stage = {
    sim,
    cluster: sim.as(PERSON),
    metrics: new Map<string, number | undefined>(),
    behave(matches, behaviour) {
      rules.push({ matches, behaviour });
      world.reconsider();
    },
    fault: (matches, fault, times) => line.add(matches, fault, times),
  };
  return { stage, world };
}

/** Plays it with a world running, and answers everything that went wrong beside the rules. */
async function playInWorld(parts: Parts, world: World): Promise<{ readonly problems: readonly string[]; readonly end: readonly string[] }> {
  const stop = new AbortController();
  const running = [world, ...(parts.dataPlane === undefined ? [] : [parts.dataPlane])].map((one) => one.run(stop.signal));
  const worldEnd = Promise.all(running).then(
    () => undefined,
    (error: unknown) => `the simulated world failed: ${error instanceof Error ? error.message : String(error)}`,
  );
  const problems = await play(parts);
  const end = endState(parts.sim);
  const stopProblem = await parts.lives.stop();
  stop.abort();
  await parts.clock.settle();
  const late = [stopProblem, await worldEnd, ...parts.lives.failedStarts().map((error) => `the controller did not start: ${error}`)];
  return { problems: [...problems, ...late.filter((problem) => problem !== undefined)], end };
}

/** Plays a scenario in virtual time over the simulated cluster, with the rules checked on every write. The same scenario gives the same run. */
export async function runScenario(scenario: Scenario): Promise<ScenarioRun> {
  const clock = createVirtualClock(START);
  const sim = createScenarioCluster(scenario, clock);
  const { commits, tokens, invariants, startController, watchLag } = scenario;
  const dataPlane =
    scenario.router === undefined ? undefined : createLaggingRouter({ cluster: sim.as(GATEWAY_USER), clock, ...scenario.router });
  const watch = watchInvariants(sim, { clock, commits, tokens, invariants, dataPlane });
  const log = createGoldenLog(clock, START);
  dataPlane?.onApplied((route, _, after) => log.observeApplied(route, after));
  const note = (text: string): void => log.note(text);
  sim.onWrite((write) => log.observe(write));
  const line = createRequestLine(scenario.faults, (request, fault) => note(`! ${faultText(fault)}: ${request.verb} ${request.kind.kind}`));
  const { stage, world } = setStage(scenario, { clock, sim }, line);
  const lives = createControllerLives({
    sim,
    clock,
    seed: scenario.seed ?? 1,
    metrics: stage.metrics,
    line,
    watchLag,
    startController,
    note,
  });
  let requestsToEnd = 0;
  const onEnd = (): void => {
    requestsToEnd = line.requests().length;
  };
  const { problems, end } = await playInWorld({ scenario, clock, sim, log, stage, lives, dataPlane, writes: watch.writes, onEnd }, world);
  const at = clock.now();
  const violations = [
    ...watch.violations(),
    ...problems.map((message): Violation => ({ invariant: 'L1', at, object: 'the scenario', message })),
  ];
  return {
    log: log.lines(),
    text: renderLog(log.lines()),
    violations,
    problems: problemText(violations, end),
    writes: watch.writes(),
    requests: line.requests(),
    requestsToEnd,
    incarnations: lives.incarnations(),
    end,
    sim,
  };
}

function problemText(violations: readonly Violation[], end: readonly string[]): string {
  if (violations.length === 0) return '';
  const shown = violations.some((violation) => violation.invariant === 'L1')
    ? `\nwhere it stood:\n${end.map((line) => `  ${line}`).join('\n')}`
    : '';
  return `${formatViolations(violations, START)}${shown}`;
}
