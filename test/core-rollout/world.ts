import type { AnalysisRun, AnalysisTemplate } from '../../src/api/analysis.ts';
import { MANAGED_BY, POD_METADATA_PENDING, POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { Rollout, RolloutSpec } from '../../src/api/rollout.ts';
import type { Provenance, RolloutStatus } from '../../src/api/rollout-status.ts';
import { type Instant, instant } from '../../src/api/time.ts';
import { revisionHash } from '../../src/core/identity/revision-hash.ts';
import { type ConfigAction, isConfigAction } from '../../src/core/plan/config-action.ts';
import type { Action, Plan } from '../../src/core/plan/plan.ts';
import { countable } from '../../src/core/rollout/countable.ts';
import { decideRollout } from '../../src/core/rollout/decide-rollout.ts';
import type {
  ObservedReplicaSet,
  ObservedRollout,
  ObservedService,
  ObservedSource,
  WorkloadReading,
} from '../../src/core/rollout/observed.ts';
import { restartIsDue } from '../../src/core/rollout/restart/pods-wanted.ts';
import { resolveWorkload, workloadProblems } from '../../src/core/rollout/workload.ts';
import { fieldsOf } from '../../src/core/sync/fields-of.ts';
import { mergePatch } from '../../src/sim/cluster/json-patch.ts';
import type { WorldConfig } from './world-config.ts';
import { WorldPods } from './world-pods.ts';
import { WorldRouter } from './world-router.ts';

export const START = instant(Date.UTC(2026, 0, 1));
export const NO_SOURCE: ObservedSource = {
  provenance: undefined,
  appliedCommit: undefined,
  gitTarget: undefined,
  gitTargetProblem: undefined,
};

export function template(image: string): NonNullable<RolloutSpec['template']> {
  return { metadata: { labels: { app: 'checkout' } }, spec: { containers: [{ name: 'app', image }] } };
}

export function hashOf(image: string): string {
  return revisionHash(template(image));
}

export function analysisTemplate(name: string, extra: Partial<AnalysisTemplate['spec']> = {}): AnalysisTemplate {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'AnalysisTemplate',
    metadata: { name, namespace: 'shop' },
    spec: {
      args: [{ name: 'service', value: 'checkout' }],
      metrics: [
        {
          name: 'success-rate',
          interval: '30s',
          count: 5,
          successCondition: 'result[0] >= 0.95',
          failureLimit: 1,
          provider: { prometheus: { query: 'up' } },
        },
      ],
      ...extra,
    },
  };
}

interface Pods {
  ready: number;
  /** Ticks until a pod that was asked for serves. */
  readonly pending: number[];
}

/** A ReplicaSet with pods that become ready after some ticks, or never. */
interface LiveSet {
  /** As its object says; the counts may be late. */
  view: ObservedReplicaSet;
  /** As it is. */
  pods: Pods;
  counted: { readonly ready: number; readonly total: number; readonly generation: number };
}

type ServiceAction = Extract<Action, { type: 'setServiceSelector' | 'releaseService' | 'createService' | 'setServicePorts' }>;

const SERVICE_ACTIONS: ReadonlySet<string> = new Set<ServiceAction['type']>([
  'setServiceSelector',
  'releaseService',
  'createService',
  'setServicePorts',
]);

function isServiceAction(action: { readonly type: string }): action is ServiceAction {
  return SERVICE_ACTIONS.has(action.type);
}

/** A tiny cluster that a plan is applied to: enough to drive whole rollouts. Not the simulator: no API, no versions but a counter. */
export class World {
  now: Instant = START;
  status: RolloutStatus | undefined;
  spec: RolloutSpec;
  annotations: Record<string, string> = {};
  finalizers: readonly string[] = [];
  generation = 1;
  readonly sets = new Map<string, LiveSet>();
  readonly services = new Map<string, ObservedService>();
  readonly runs = new Map<string, AnalysisRun>();
  readonly templates = new Map<string, AnalysisTemplate>([['slo', analysisTemplate('slo')]]);
  readonly events: string[] = [];
  readonly plans: Plan<RolloutStatus>[] = [];
  source: ObservedSource = NO_SOURCE;
  clockJumpedAt: Instant | undefined;
  readonly pods = new WorldPods();
  /** The one router of a strategy with trafficRouting. */
  router: WorldRouter | undefined;
  /** Routes that the strategy named before, until they are given back. */
  formerRoutes: NonNullable<ObservedRollout['formerRoutes']> = [];
  /** What `workloadRef` leads to. */
  workload: WorkloadReading | undefined;
  /** Writes that the API server refuses. */
  refused: ObservedRollout['refused'];
  /** Only when the template takes configuration from objects. */
  config: WorldConfig | undefined;
  readyAfter = 1;
  /** The next pass applies only so many actions and writes no status: a controller that was killed. */
  crashAfter: number | undefined;
  /** The pods of ReplicaSets come and go, and status tells nobody. */
  countsAreLate = false;
  /** Images whose pods never become ready. */
  readonly broken = new Set<string>();
  #version = 1;
  #lateEndpoints: ReadonlyMap<string, Pick<ObservedService, 'ready' | 'readyByHash'>> | undefined;

  constructor(spec: Partial<RolloutSpec> & Pick<RolloutSpec, 'strategy'>) {
    this.spec = { replicas: 10, selector: { matchLabels: { app: 'checkout' } }, template: template('v1'), ...spec };
    const { canary, blueGreen } = spec.strategy;
    if (canary?.trafficRouting !== undefined) this.router = new WorldRouter();
    const pingPong = [canary?.pingPong?.pingService, canary?.pingPong?.pongService];
    for (const name of [canary?.stableService, canary?.canaryService, ...pingPong, blueGreen?.activeService, blueGreen?.previewService]) {
      if (name !== undefined) {
        this.services.set(name, {
          name,
          uid: `svc-${name}`,
          resourceVersion: '1',
          selector: { app: 'checkout' },
          annotations: {},
          external: false,
          ports: [],
          controller: undefined,
          ready: 0,
          readyByHash: {},
        });
      }
    }
  }

  change(spec: Partial<RolloutSpec>): void {
    this.spec = { ...this.spec, ...spec };
    this.generation += 1;
  }

  deploy(image: string): void {
    this.change({ template: template(image) });
  }

  /** Provenance as a reconciler's record of the live generation would show it. */
  applied(commit: string): void {
    const provenance: Provenance = {
      engine: 'GitSync',
      name: 'shop',
      repository: 'https://git.example/shop',
      branch: 'main',
      path: 'apps',
      file: 'apps/rollout.yaml',
      commit,
      generation: this.generation,
      observedAt: '2026-01-01T00:00:00Z',
    };
    this.source = { provenance, appliedCommit: commit, gitTarget: 'shop', gitTargetProblem: undefined };
  }

  rollout(): Rollout {
    return {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'Rollout',
      metadata: {
        name: 'checkout',
        namespace: 'shop',
        uid: 'uid-1',
        generation: this.generation,
        annotations: { ...this.annotations },
        finalizers: [...this.finalizers],
      },
      spec: this.spec,
      ...(this.status === undefined ? {} : { status: this.status }),
    };
  }

  observe(): ObservedRollout {
    const services = new Map<string, ObservedService | undefined>();
    for (const [name, service] of this.services) services.set(name, { ...service, ...this.#endpointsOf(service) });
    const rollout = resolveWorkload(this.rollout(), this.workload);
    return {
      rollout,
      workload: this.workload,
      problems: workloadProblems(rollout, this.workload),
      replicaSets: [...this.sets.values()].map((set) => set.view),
      services,
      managedServices: [...services.values()].flatMap((one) => (one?.annotations[MANAGED_BY] === 'checkout' ? [one] : [])),
      traffic: this.router === undefined ? [] : [this.router.reading(this.now)],
      formerRoutes: this.formerRoutes,
      analysisRuns: [...this.runs.values()],
      templates: this.templates,
      clusterTemplates: new Map(),
      source: this.source,
      clockJumpedAt: this.clockJumpedAt,
      restart: restartIsDue(rollout, this.now) ? this.pods.observe() : undefined,
      config: this.config?.observe(),
      refused: this.refused,
    };
  }

  /** What the EndpointSlices of a Service hold; of one that is new since they are late, nothing. */
  #endpointsOf({ name, selector }: ObservedService): Pick<ObservedService, 'ready' | 'readyByHash'> {
    const late = this.#lateEndpoints?.get(name);
    if (late !== undefined) return late;
    const hash = selector[POD_TEMPLATE_HASH];
    const selected = [...this.sets.values()].filter((set) => hash === undefined || set.view.hash === hash);
    const readyByHash = Object.fromEntries(selected.map((set) => [set.view.hash ?? '', set.pods.ready]));
    return { ready: selected.reduce((sum, set) => sum + set.pods.ready, 0), readyByHash };
  }

  /** EndpointSlices follow neither pods nor selectors from now on, or do so again. */
  endpointsLate(late: boolean): void {
    this.#lateEndpoints = undefined;
    const present = [...this.services.values()].map((service) => [service.name, this.#endpointsOf(service)] as const);
    if (late) this.#lateEndpoints = new Map(present);
  }

  get endpointsAreLate(): boolean {
    return this.#lateEndpoints !== undefined;
  }

  /** The wall clock is set forward or back, and the controller sees it. */
  jump(seconds: number): void {
    this.now = instant(this.now + seconds * 1000);
    this.clockJumpedAt = this.now;
  }

  /** One reconcile: decide, unless that is done, apply, remember. */
  pass(plan = decideRollout(this.observe(), this.now)): Plan<RolloutStatus> {
    this.plans.push(plan);
    if (this.crashAfter !== undefined) {
      for (const action of plan.actions.slice(0, this.crashAfter)) this.#perform(action);
      this.crashAfter = undefined;
      return plan;
    }
    for (const action of plan.actions) this.#perform(action);
    this.status = plan.status;
    this.events.push(...plan.events.map((event) => event.reason));
    return plan;
  }

  /** Pods come up, time goes on, and the controller reconciles. */
  tick(seconds = 10, check?: (plan: Plan<RolloutStatus>) => void): void {
    this.now = instant(this.now + seconds * 1000);
    for (const set of this.sets.values()) this.#grow(set);
    for (let round = 0; round < 12; round += 1) {
      const plan = this.pass();
      check?.(plan);
      if (plan.actions.length === 0 && (plan.requeueAt === undefined || plan.requeueAt > this.now)) return;
    }
  }

  run(ticks: number, check?: (plan: Plan<RolloutStatus>) => void): void {
    for (let count = 0; count < ticks; count += 1) this.tick(10, check);
  }

  /** Ticks until `done`, at most `limit` times. */
  until(done: () => boolean, limit = 100, check?: (plan: Plan<RolloutStatus>) => void): void {
    for (let count = 0; count < limit && !done(); count += 1) this.tick(10, check);
    if (!done()) throw new Error(`not reached: ${JSON.stringify(this.status, null, 1)}\n${this.plans.at(-1)?.explain.join('\n')}`);
  }

  set(image: string): ObservedReplicaSet | undefined {
    return this.sets.get(`checkout-${hashOf(image)}`)?.view;
  }

  size(image: string): number {
    return this.set(image)?.specReplicas ?? 0;
  }

  available(): number {
    return [...this.sets.values()].reduce((sum, set) => sum + set.view.availableReplicas, 0);
  }

  selected(service: string): string | undefined {
    return this.services.get(service)?.selector[POD_TEMPLATE_HASH];
  }

  verdict(name: string, phase: NonNullable<AnalysisRun['status']>['phase'], value = '0.91'): void {
    const run = this.runs.get(name);
    if (run === undefined) throw new Error(`no run ${name}; there are ${[...this.runs.keys()].join(', ')}`);
    const result = {
      name: 'success-rate',
      phase: phase ?? 'Running',
      count: 5,
      failed: 2,
      measurements: [{ phase: phase ?? 'Running', value }],
    };
    this.runs.set(name, { ...run, status: { observedGeneration: 1, phase, metricResults: [result] } });
  }

  /** Ends every run that has not ended. */
  judgeAll(phase: NonNullable<AnalysisRun['status']>['phase']): void {
    for (const [name, run] of this.runs) if (run.status?.phase === undefined) this.verdict(name, phase);
  }

  #grow(set: LiveSet): void {
    const image = JSON.stringify(set.view.template);
    const broken = [...this.broken].some((one) => image.includes(`"${one}"`));
    const left = set.pods.pending.map((ticks) => ticks - 1);
    if (!broken) {
      set.pods.ready += left.filter((ticks) => ticks <= 0).length;
      set.pods.pending.splice(0, set.pods.pending.length, ...left.filter((ticks) => ticks > 0));
    }
    this.#show(set);
  }

  /** Pods of an image start to fail their readiness. */
  fail(image: string): void {
    // What is late and hides broken pods misleads everybody.
    if (this.countsAreLate || this.endpointsAreLate) return;
    this.broken.add(image);
    const set = this.sets.get(`checkout-${hashOf(image)}`);
    if (set === undefined) return;
    set.pods.pending.push(...Array.from({ length: set.pods.ready }, () => this.readyAfter));
    set.pods.ready = 0;
    this.#show(set);
  }

  #show(set: LiveSet): void {
    const { ready, pending } = set.pods;
    if (!this.countsAreLate) set.counted = { ready, total: ready + pending.length, generation: set.view.generation };
    const { counted } = set;
    set.view = {
      ...set.view,
      replicas: counted.total,
      readyReplicas: counted.ready,
      availableReplicas: counted.ready,
      countable: countable({ ...set.view, availableReplicas: counted.ready, observedGeneration: counted.generation }),
      statusCurrent: counted.generation >= set.view.generation,
    };
    this.pods.sync(set.view.uid, ready, ready + pending.length, this.now);
  }

  /** Counts are late from now on, or all of them arrive. */
  countLate(late: boolean): void {
    this.countsAreLate = late;
    for (const set of this.sets.values()) this.#show(set);
  }

  /** Pods of a ReplicaSet that serve and may be counted on: of those that became ready since the last count nobody knows. */
  serving(name: string): number {
    const set = this.sets.get(name);
    return set === undefined ? 0 : Math.min(set.pods.ready, set.view.countable);
  }

  #resize(set: LiveSet, to: number): void {
    const { pods } = set;
    while (pods.ready + pods.pending.length > to) {
      if (pods.pending.length > 0) pods.pending.pop();
      else pods.ready -= 1;
    }
    while (pods.ready + pods.pending.length < to) pods.pending.push(this.readyAfter);
    set.view = { ...set.view, specReplicas: to, generation: set.view.generation + 1, resourceVersion: this.#next() };
    this.#show(set);
  }

  #releaseRoutes({ former }: Extract<Action, { type: 'releaseTraffic' }>): void {
    if (former !== true) throw new Error('this world releases only routes that are named no longer');
    this.formerRoutes = [];
  }

  #evict({ target, available }: Extract<Action, { type: 'evictPod' }>): void {
    const gone = this.pods.evict(target.name, available, this.now);
    const set = [...this.sets.values()].find((one) => one.view.uid === gone?.owner);
    if (gone === undefined || set === undefined) return;
    if (gone.served) set.pods.ready -= 1;
    else set.pods.pending.pop();
    set.pods.pending.push(this.readyAfter);
    this.#show(set);
  }

  #next(): string {
    this.#version += 1;
    return String(this.#version);
  }

  #target(name: string, resourceVersion: string): LiveSet {
    const set = this.sets.get(name);
    if (set === undefined || set.view.resourceVersion !== resourceVersion) throw new Error(`conflict on ${name}`);
    return set;
  }

  #perform(action: Action): void {
    if (action.type === 'evictPod') this.#evict(action);
    else this.#apply(action);
  }

  #apply(action: Exclude<Action, { type: 'evictPod' }>): void {
    if (isConfigAction(action)) return this.#configure(action);
    if (isServiceAction(action)) return this.#serve(action);
    switch (action.type) {
      case 'createReplicaSet':
        return this.#create(action.object);
      case 'adoptReplicaSet':
      case 'releaseReplicaSet':
        return this.#own(action);
      case 'scaleReplicaSet':
        return this.#scale(action);
      case 'annotateReplicaSet':
        return this.#annotate(action);
      case 'syncPodMetadata':
        // The pods of this world have no metadata.
        return this.#annotate({ ...action, type: 'annotateReplicaSet', annotations: { [POD_METADATA_PENDING]: null } });
      case 'deleteReplicaSet':
        this.sets.delete(action.target.name);
        return;
      case 'scaleWorkload':
        throw new Error('this world has no Deployment');
      case 'setFinalizers':
        this.finalizers = action.finalizers;
        return;
      case 'routeTraffic':
        if (this.router === undefined) throw new Error('this world has no router');
        return this.router.write(action.intent, this.now);
      case 'releaseTraffic':
        return this.#releaseRoutes(action);
      case 'createAnalysisRun':
        return this.#createRun(action);
      case 'terminateAnalysisRun':
        return this.#terminateRun(action);
      case 'deleteAnalysisRun':
        this.runs.delete(action.target.name);
    }
  }

  #serve(action: ServiceAction): void {
    switch (action.type) {
      case 'setServiceSelector':
        return this.#select(action);
      case 'releaseService':
        return this.#release(action);
      case 'createService':
      case 'setServicePorts':
        throw new Error('this world makes no Services');
    }
  }

  #own(action: Extract<Action, { type: 'adoptReplicaSet' | 'releaseReplicaSet' }>): void {
    const set = this.#target(action.target.name, action.target.resourceVersion);
    set.view = { ...set.view, owned: action.type === 'adoptReplicaSet', resourceVersion: this.#next() };
  }

  #scale(action: Extract<Action, { type: 'scaleReplicaSet' }>): void {
    const set = this.#target(action.target.name, action.target.resourceVersion);
    this.#mark(set, action.annotations ?? {}, action.template ?? {});
    this.#resize(set, action.to);
  }

  #select(action: Extract<Action, { type: 'setServiceSelector' }>): void {
    const service = this.services.get(action.target.name);
    if (service === undefined) throw new Error('no such Service');
    const annotations = Object.fromEntries(
      Object.entries(action.annotations).filter((entry): entry is [string, string] => entry[1] !== null),
    );
    this.services.set(service.name, { ...service, selector: action.selector, annotations, resourceVersion: this.#next() });
  }

  #release(action: Extract<Action, { type: 'releaseService' }>): void {
    const service = this.services.get(action.target.name);
    if (service === undefined) throw new Error('no such Service');
    const { [POD_TEMPLATE_HASH]: _hash, ...rest } = service.selector;
    this.services.set(service.name, {
      ...service,
      selector: action.dropHash ? rest : service.selector,
      annotations: {},
      resourceVersion: this.#next(),
    });
  }

  #createRun(action: Extract<Action, { type: 'createAnalysisRun' }>): void {
    const name = action.object.metadata.name;
    if (this.runs.has(name)) throw new Error(`run ${name} exists`);
    const metadata = {
      ...action.object.metadata,
      uid: `run-${name}`,
      resourceVersion: this.#next(),
      creationTimestamp: new Date(this.now).toISOString(),
    };
    this.runs.set(name, { ...action.object, metadata });
  }

  #terminateRun(action: Extract<Action, { type: 'terminateAnalysisRun' }>): void {
    const run = this.runs.get(action.target.name);
    if (run !== undefined)
      this.runs.set(action.target.name, {
        ...run,
        spec: { ...run.spec, terminate: true },
        status: { observedGeneration: 1, phase: 'Successful' },
      });
  }

  #mark(set: LiveSet, annotations: Readonly<Record<string, string | null>>, template: Readonly<Record<string, unknown>>): void {
    const marks = { ...set.view.annotations, ...annotations };
    const kept = Object.entries(marks).filter((entry): entry is [string, string] => entry[1] !== null);
    set.view = { ...set.view, annotations: Object.fromEntries(kept), template: fieldsOf(mergePatch(set.view.template, template)) };
  }

  #annotate(action: Extract<Action, { type: 'annotateReplicaSet' }>): void {
    const set = this.#target(action.target.name, action.target.resourceVersion);
    this.#mark(set, action.annotations, action.template ?? {});
    const { minReadySeconds = set.view.minReadySeconds } = action;
    set.view = { ...set.view, minReadySeconds, resourceVersion: this.#next() };
  }

  #configure(action: ConfigAction): void {
    if (action.type !== 'recordConfig') return this.config?.apply(action);
    const set = this.#target(action.target.name, action.target.resourceVersion);
    const annotations = { ...set.view.annotations, ...action.annotations };
    set.view = { ...set.view, annotations, template: action.template, resourceVersion: this.#next() };
  }

  #create(object: KubeObject): void {
    const name = object.metadata.name;
    if (this.sets.has(name)) throw new Error(`${name} exists`);
    const spec = object['spec'] as { replicas: number; minReadySeconds?: number; template: Readonly<Record<string, unknown>> };
    const view: ObservedReplicaSet = {
      name,
      uid: `uid-${name}-${this.#next()}`,
      resourceVersion: this.#next(),
      owned: true,
      hash: object.metadata.labels?.[POD_TEMPLATE_HASH],
      labels: object.metadata.labels ?? {},
      annotations: object.metadata.annotations ?? {},
      ownerReferences: object.metadata.ownerReferences ?? [],
      createdAt: this.now,
      deleting: false,
      specReplicas: 0,
      minReadySeconds: spec.minReadySeconds ?? 0,
      replicas: 0,
      readyReplicas: 0,
      availableReplicas: 0,
      countable: 0,
      generation: 1,
      statusCurrent: true,
      template: spec.template,
    };
    const set: LiveSet = { view, pods: { ready: 0, pending: [] }, counted: { ready: 0, total: 0, generation: 0 } };
    this.sets.set(name, set);
    this.#resize(set, spec.replicas);
  }
}

/** A healthy rollout of image v1. */
export function healthyWorld(spec: Partial<RolloutSpec> & Pick<RolloutSpec, 'strategy'>): World {
  const world = new World(spec);
  world.applied('c1');
  // Degraded without the templates that its next release needs, which many tests set later.
  world.until(() => world.status?.phase === 'Healthy' || (world.status?.phase === 'Degraded' && world.status.stableRS !== undefined));
  return world;
}
