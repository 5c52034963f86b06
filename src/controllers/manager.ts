import { type Millis, millis } from '../api/time.ts';
import { createEventRecorder } from '../kube/events.ts';
import { createExpectations } from '../kube/expectations.ts';
import { objectKey } from '../kube/object-key.ts';
import { withServedVersions } from '../kube/served-versions.ts';
import { ROLLOUT_JUDGES } from '../observe/rollout-judges.ts';
import type { RolloutStores } from '../observe/rollout-stores.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Log } from '../ports/log.ts';
import type { MetricSource } from '../ports/metrics.ts';
import type { Random } from '../ports/random.ts';
import type { Repositories } from '../ports/repository.ts';
import { sleep } from '../ports/sleep.ts';
import type { TrafficRouters } from '../ports/traffic-router.ts';
import { createAnalysisRunReconciler } from './analysis/analysis-run-reconciler.ts';
import { createAnalysisTemplateReconciler, createClusterAnalysisTemplateReconciler } from './analysis/analysis-template-reconciler.ts';
import { createMetricProviderReconciler } from './analysis/metric-provider-reconciler.ts';
import { createExperimentReconciler } from './experiment/experiment-reconciler.ts';
import { createGitSyncReconciler } from './git-sync/git-sync-reconciler.ts';
import { createGitTargetReconciler } from './git-target/git-target-reconciler.ts';
import { createRestoreReconciler } from './restore/restore-reconciler.ts';
import { createSecretReader } from './restore/secret-reader.ts';
import { createRolloutReconciler } from './rollout/rollout-reconciler.ts';
import type { RoutingDeps } from './rollout/routing-of.ts';
import { type CacheSet, createCacheSet } from './runtime/cache-set.ts';
import { connectConfig } from './runtime/config-triggers.ts';
import { type Controller, createController, type ReconcileObserver } from './runtime/controller.ts';
import { addControllerCaches, type ControllerCaches, configSourcesOf, workloadsOf } from './runtime/controller-caches.ts';
import { createOwnWrites, type OwnWrites } from './runtime/own-writes.ts';
import type { Reconciler } from './runtime/reconciler.ts';
import { createRouterCaches } from './runtime/router-caches.ts';
import { connectTriggers } from './runtime/triggers.ts';

export interface ManagerDeps {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: MetricSource;
  readonly repositories: Repositories;
  readonly routers: TrafficRouters;
  /** Namespace of this installation: its Lease and the Secrets of GitTargets and MetricProviders. */
  readonly ownNamespace: string;
  /** Name of this process in Events. */
  readonly identity: string;
  /** All namespaces when empty. */
  readonly namespaces: readonly string[];
  /** Namespaces whose Secrets are part of revisions, as ConfigMaps are. */
  readonly secretNamespaces?: readonly string[] | undefined;
  /** Which of several installations on one cluster this is; '' for the one without a name, which also looks after the cluster kinds. */
  readonly instance: string;
  readonly workers: number;
  readonly resync: Millis;
  /** Also take `file` and plain `http` repositories: demo and tests on one machine only. */
  readonly allowLocalGit?: boolean | undefined;
  /** Take addresses that stand in analysis templates. */
  readonly inlineEndpoints?: boolean | undefined;
  readonly observe?: ReconcileObserver | undefined;
}

/** Every reconciler of Sluice with its caches. Caches run on every replica, so that a new leader starts warm; controllers only on the leader. */
export interface Manager {
  readonly caches: ControllerCaches;
  readonly controllers: readonly Controller[];
  hasSynced(): boolean;
  runCaches(signal: AbortSignal): Promise<void>;
  /** Waits until every cache is filled, then works until the signal aborts; resolves once every worker is done. */
  runControllers(signal: AbortSignal): Promise<void>;
}

/** Makes the manager; nothing runs yet. */
export function createManager(deps: ManagerDeps): Manager {
  const cacheSet = createCacheSet(deps);
  const caches = addControllerCaches(cacheSet, deps.instance, deps.routers);
  const routed = { ...deps, cluster: withServedVersions(deps.cluster) };
  const routing: RoutingDeps = { routers: deps.routers, caches: createRouterCaches(routed) };
  const controllers = createControllers(deps, routed, caches, cacheSet, routing);
  connectTriggers(caches, controllers, deps.instance, routing);
  connectConfig(caches, configSourcesOf(caches, deps.secretNamespaces ?? []), controllers.rollout);
  const all = Object.values(controllers);
  return {
    caches,
    controllers: all,
    hasSynced: cacheSet.hasSynced,
    runCaches: async (signal) => {
      await Promise.all([cacheSet.run(signal), routing.caches.run(signal)]);
    },
    runControllers: async (signal) => {
      await untilSynced(deps.clock, cacheSet, signal);
      if (signal.aborted) return;
      const resync = startResync(deps, caches, controllers);
      try {
        await Promise.all(all.map((controller) => controller.run(signal)));
      } finally {
        resync.cancel();
      }
    },
  };
}

const LOOK_EVERY = millis(10);

/** A decision made while one kind is still missing would take what is there for gone. */
async function untilSynced(clock: Clock, caches: CacheSet, signal: AbortSignal): Promise<void> {
  while (!caches.hasSynced() && !signal.aborted) await sleep(clock, LOOK_EVERY, signal);
}

type Controllers = ReturnType<typeof createControllers>;

/** `routed` reaches the kinds of routers in the version that is served. */
function createControllers(deps: ManagerDeps, routed: ManagerDeps, caches: ControllerCaches, cacheSet: CacheSet, routing: RoutingDeps) {
  const readSecret = createSecretReader(deps.cluster, deps.ownNamespace);
  return {
    ...releaseControllers(routed, caches, cacheSet, routing, readSecret),
    ...gitControllers(deps, caches, readSecret),
    ...checkedControllers(deps, caches),
  };
}

/** What moves a release: Rollouts and their AnalysisRuns. */
function releaseControllers(
  deps: ManagerDeps,
  caches: ControllerCaches,
  cacheSet: CacheSet,
  routing: RoutingDeps,
  readSecret: ReturnType<typeof createSecretReader>,
) {
  const { cluster, clock, log, metrics } = deps;
  const events = createEventRecorder({ cluster, clock, log, instance: deps.identity });
  const stores = storesOf(caches, deps.secretNamespaces ?? []);
  const [runs, providers] = [caches.analysisRuns.store, caches.providers.store];
  return {
    rollout: parking(deps, caches, cacheSet, routing, (ownWrites) =>
      createController({
        ...deps,
        reconciler: createRolloutReconciler({ cluster, clock, log, events, stores, routing, judges: ROLLOUT_JUDGES, ownWrites }),
      }),
    ),
    analysisRun: parking(deps, caches, cacheSet, routing, (ownWrites) =>
      createController({
        ...deps,
        reconciler: createAnalysisRunReconciler({
          cluster,
          clock,
          log,
          source: metrics,
          runs,
          providers,
          readSecret,
          ownWrites,
          inlineEndpoints: deps.inlineEndpoints,
        }),
      }),
    ),
  };
}

/** What reads and writes repositories. */
function gitControllers(deps: ManagerDeps, caches: ControllerCaches, readSecret: ReturnType<typeof createSecretReader>) {
  const { cluster, clock, log, repositories } = deps;
  const [gitSyncs, gitTargets, rollouts] = [caches.gitSyncs.store, caches.gitTargets.store, caches.rollouts.store];
  const templates = (namespace: string): readonly unknown[] => liveTemplates(caches, namespace);
  const syncs = createGitSyncReconciler({ cluster, clock, log, repositories, gitSyncs, liveTemplates: templates });
  const gitSync = createController({ ...deps, reconciler: syncs });
  const enqueueGitSync = (key: string): void => {
    syncs.requestSync(key);
    gitSync.enqueue(key, 'user');
  };
  const restores = createRestoreReconciler({ cluster, clock, log, repositories, rollouts, gitTargets, readSecret, enqueueGitSync });
  const targets = createGitTargetReconciler({ cluster, clock, gitTargets, readSecret, allowLocal: deps.allowLocalGit });
  return {
    gitSync,
    restore: createController({ ...deps, reconciler: restores }),
    gitTarget: createController({ ...deps, reconciler: targets }),
  };
}

/** Kinds that only have to type-check. */
function checkedControllers(deps: ManagerDeps, caches: ControllerCaches) {
  const { cluster, clock, log, inlineEndpoints } = deps;
  const common = { cluster, clock, log };
  const controllerOf = (reconciler: Reconciler): Controller => createController({ ...deps, reconciler });
  return {
    template: controllerOf(createAnalysisTemplateReconciler({ ...common, inlineEndpoints, store: caches.templates.store })),
    clusterTemplate: controllerOf(
      createClusterAnalysisTemplateReconciler({ ...common, inlineEndpoints, store: caches.clusterTemplates.store }),
    ),
    provider: controllerOf(createMetricProviderReconciler({ ...common, store: caches.providers.store })),
    experiment: controllerOf(createExperimentReconciler({ ...common, store: caches.experiments.store })),
  };
}

function storesOf(caches: ControllerCaches, secretNamespaces: readonly string[]): RolloutStores {
  return {
    config: configSourcesOf(caches, secretNamespaces),
    rollouts: caches.rollouts.store,
    replicaSets: caches.replicaSets.store,
    workloads: workloadsOf(caches),
    services: caches.services.store,
    endpointSlices: caches.endpointSlices.store,
    analysisRuns: caches.analysisRuns.store,
    templates: caches.templates.store,
    clusterTemplates: caches.clusterTemplates.store,
    gitSyncs: caches.gitSyncs.store,
    gitTargets: caches.gitTargets.store,
  };
}

/** A controller whose keys wait until the caches show its own writes. */
function parking(
  deps: ManagerDeps,
  caches: ControllerCaches,
  cacheSet: CacheSet,
  routing: RoutingDeps,
  make: (ownWrites: OwnWrites) => Controller,
): Controller {
  const expectations = createExpectations({ clock: deps.clock, onReleased: (key) => controller.enqueue(key) });
  for (const cache of Object.values(caches)) expectations.follow(cache);
  expectations.follow({ onChange: (listener) => routing.caches.onChange((_, change) => listener(change)) });
  const controller = make(createOwnWrites(expectations, cacheSet, routing.caches));
  return controller;
}

/** Pod templates of ReplicaSets that still have Pods: GitSync must not prune what they use. */
function liveTemplates(caches: ControllerCaches, namespace: string): readonly unknown[] {
  return caches.replicaSets.store
    .list()
    .filter((view) => view.namespace === namespace && (view.observed.specReplicas > 0 || view.observed.replicas > 0))
    .map((view) => view.observed.template);
}

/** Looks at every Rollout, run and source again from time to time: a safety net, never what a rollout relies on. */
function startResync(deps: ManagerDeps, caches: ControllerCaches, controllers: Controllers): Timer {
  let timer: Timer;
  const wait = (): Millis => millis(deps.resync * (0.9 + 0.2 * deps.random()));
  const look = (): void => {
    for (const { raw } of caches.rollouts.store.list()) controllers.rollout.enqueue(objectKey(raw), 'resync');
    for (const { raw } of caches.analysisRuns.store.list()) controllers.analysisRun.enqueue(objectKey(raw), 'resync');
    timer = deps.clock.startTimer(wait(), look);
  };
  timer = deps.clock.startTimer(wait(), look);
  return { cancel: () => timer.cancel() };
}
