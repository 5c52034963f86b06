import { DEPLOYMENT, ENDPOINT_SLICE, JOB, POD, REPLICA_SET, SERVICE } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { type Millis, millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Random } from '../../ports/random.ts';
import { POD_DISRUPTION_BUDGET } from '../cluster/built-in-kinds.ts';
import { createDeploymentController } from './deployment-controller.ts';
import { type BudgetView, createDisruptionController, viewBudget } from './disruption-controller.ts';
import { createEndpointSliceController, SERVICE_NAME } from './endpoint-slice-controller.ts';
import { createJobController, type JobView, viewJob } from './job-controller.ts';
import { createKeyedLoop, type KeyedLoop } from './keyed-loop.ts';
import { createKubelet, type Kubelet, type PodHooks } from './kubelet.ts';
import { createMirror, type Mirror } from './mirror.ts';
import type { PodBehaviour } from './pod-behaviour.ts';
import { controllerUid, createReplicaSetController } from './replica-set-controller.ts';
import {
  type DeploymentView,
  type EndpointSliceView,
  type PodView,
  type ReplicaSetView,
  type ServiceView,
  viewDeployment,
  viewEndpointSlice,
  viewPod,
  viewReplicaSet,
  viewService,
} from './workload-views.ts';

/** How long the parts of a cluster take. */
export interface WorldDelays {
  /** From a pod's creation to its container's start; 1 s. */
  readonly podStart?: Millis;
  /** From a pod's deletion to its end; 2 s. */
  readonly podTermination?: Millis;
  /** From a change of a pod or Service to the EndpointSlices; none. */
  readonly endpoints?: Millis;
  /** Upper bound of what is added to a pod's start at random; none. */
  readonly jitter?: Millis;
}

export interface WorldOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  /** How this pod acts; asked again at every look, so that it may change. Ready after 2 s when absent. */
  readonly behaviour?: ((pod: KubeObject) => PodBehaviour) | undefined;
  readonly hooks?: PodHooks | undefined;
  readonly delays?: WorldDelays | undefined;
}

/** The controllers of a cluster that run workloads: Deployments, ReplicaSets, Jobs, pods, EndpointSlices and disruption budgets. They speak to the `cluster` port only. */
export interface World {
  /** Runs until `signal` aborts. Rejects on a defect of its own. */
  run(signal: AbortSignal): Promise<void>;
  /** Asks `behaviour` again for every pod. */
  reconsider(): void;
}

const READY_SOON: PodBehaviour = { type: 'ready-after', delay: millis(2000) };

class Workloads implements World {
  readonly #options: WorldOptions;
  readonly #deployments: Mirror<DeploymentView>;
  readonly #replicaSets: Mirror<ReplicaSetView>;
  readonly #pods: Mirror<PodView>;
  readonly #services: Mirror<ServiceView>;
  readonly #slices: Mirror<EndpointSliceView>;
  readonly #budgets: Mirror<BudgetView>;
  readonly #jobs: Mirror<JobView>;
  readonly #kubelet: Kubelet;
  #podLoop: KeyedLoop | undefined;

  constructor(options: WorldOptions) {
    const { cluster, clock, random, delays = {} } = options;
    this.#options = options;
    this.#deployments = createMirror({ cluster, clock, kind: DEPLOYMENT, parse: viewDeployment });
    this.#replicaSets = createMirror({ cluster, clock, kind: REPLICA_SET, parse: viewReplicaSet });
    this.#pods = createMirror({ cluster, clock, kind: POD, parse: viewPod });
    this.#services = createMirror({ cluster, clock, kind: SERVICE, parse: viewService });
    this.#slices = createMirror({ cluster, clock, kind: ENDPOINT_SLICE, parse: viewEndpointSlice });
    this.#budgets = createMirror({ cluster, clock, kind: POD_DISRUPTION_BUDGET, parse: viewBudget });
    this.#jobs = createMirror({ cluster, clock, kind: JOB, parse: viewJob });
    this.#kubelet = createKubelet({
      cluster,
      clock,
      pods: this.#pods,
      behaviour: options.behaviour ?? (() => READY_SOON),
      hooks: options.hooks ?? {},
      startDelay: delays.podStart ?? millis(1000),
      terminationDelay: delays.podTermination ?? millis(2000),
      jitter: () => millis(delays.jitter === undefined ? 0 : Math.floor(random() * delays.jitter)),
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const own = AbortSignal.any([signal, stop.signal]);
    const defect = Promise.withResolvers<never>();
    this.#wire(own, defect.reject);
    const mirrors = [this.#pods, this.#services, this.#slices, this.#replicaSets, this.#deployments, this.#budgets, this.#jobs];
    try {
      await Promise.race([Promise.all(mirrors.map((mirror) => mirror.run(own))), defect.promise]);
    } finally {
      stop.abort();
      await this.#kubelet.stop();
    }
  }

  reconsider(): void {
    for (const pod of this.#pods.list()) this.#podLoop?.add(pod.key);
  }

  #wire(signal: AbortSignal, onDefect: (error: unknown) => void): void {
    const { cluster, clock, delays = {} } = this.#options;
    const [replicaSets, pods, services, slices] = [this.#replicaSets, this.#pods, this.#services, this.#slices];
    const common = { clock, signal, onDefect };
    const podKeys = createKeyedLoop({ ...common, handle: (key) => this.#kubelet.reconcile(key) });
    this.#podLoop = podKeys;
    const setKeys = createKeyedLoop({ ...common, handle: createReplicaSetController({ cluster, clock, replicaSets, pods }) });
    const serviceKeys = createKeyedLoop({ ...common, handle: createEndpointSliceController({ cluster, services, pods, slices }) });
    const deployments = this.#deployments;
    const deploymentKeys = createKeyedLoop({ ...common, handle: createDeploymentController({ cluster, deployments, replicaSets }) });
    deployments.onChange((key) => deploymentKeys.add(key));
    replicaSets.onChange((_, previous, current) => {
      const uid = controllerUid((current ?? previous)?.raw ?? { metadata: { name: '' } });
      for (const owner of deployments.list()) if (owner.raw.metadata.uid === uid) deploymentKeys.add(owner.key);
    });
    const jobs = this.#jobs;
    const jobKeys = createKeyedLoop({ ...common, handle: createJobController({ cluster, clock, jobs, pods }) });
    jobs.onChange((key) => jobKeys.add(key));
    const touchService = (key: string): void => serviceKeys.addAfter(key, delays.endpoints ?? millis(0));
    const budgets = this.#budgets;
    const budgetKeys = createKeyedLoop({ ...common, handle: createDisruptionController({ cluster, budgets, pods, replicaSets }) });
    const touchBudgets = (): void => {
      for (const budget of budgets.list()) budgetKeys.add(budget.key);
    };
    budgets.onChange((key) => budgetKeys.add(key));
    replicaSets.onChange((key) => {
      setKeys.add(key);
      touchBudgets();
    });
    services.onChange(touchService);
    slices.onChange((_, previous, current) => {
      const { namespace, labels } = (current ?? previous)?.raw.metadata ?? {};
      const service = labels?.[SERVICE_NAME];
      if (service !== undefined) touchService(`${namespace}/${service}`);
    });
    pods.onChange((key, previous, current) => {
      podKeys.add(key);
      touchBudgets();
      const pod = (current ?? previous)?.raw;
      if (pod === undefined) return;
      const uid = controllerUid(pod);
      for (const owner of replicaSets.list()) if (owner.raw.metadata.uid === uid) setKeys.add(owner.key);
      for (const owner of jobs.list()) if (owner.raw.metadata.uid === uid) jobKeys.add(owner.key);
      for (const service of services.list()) if (service.raw.metadata.namespace === pod.metadata.namespace) touchService(service.key);
    });
  }
}

/** A world over `cluster`, on a virtual or a real clock. */
export function createWorld(options: WorldOptions): World {
  return new Workloads(options);
}
