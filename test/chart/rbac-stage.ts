import { createTrafficRouters } from '../../src/adapters/traffic/traffic-routers.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { instant, millis } from '../../src/api/time.ts';
import { createManager } from '../../src/controllers/manager.ts';
import { fencedCluster } from '../../src/kube/fenced-cluster.ts';
import { createLeaderElector, leaseName } from '../../src/kube/lease.ts';
import type { Cluster, ResourceKind } from '../../src/ports/cluster.ts';
import { createRandom } from '../../src/sim/clock/random.ts';
import { createVirtualClock, type VirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { BUILT_IN_KINDS } from '../../src/sim/cluster/built-in-kinds.ts';
import { createRbacAuthorizer } from '../../src/sim/cluster/rbac-authorizer.ts';
import { createSimCluster, type SimCluster, type SimRequest } from '../../src/sim/cluster/sim-cluster.ts';
import { CONTROLLER_USER } from '../../src/sim/invariants/controller-user.ts';
import { createScriptedMetricSource } from '../../src/sim/metrics/scripted-source.ts';
import { createSimRepositories, type SimRepositories } from '../../src/sim/repository/sim-repositories.ts';
import { GATEWAY_API } from '../../src/sim/router/gateway-api/gateway-api.ts';
import { GATEWAY_CRDS } from '../../src/sim/router/gateway-api/gateway-crds.ts';
import { createLaggingRouter } from '../../src/sim/router/lagging-router.ts';
import { createIncarnation, type PortFault, type PortRequest } from '../../src/sim/scenario/incarnation.ts';
import { kindOf, parseManifests } from '../../src/sim/scenario/manifests.ts';
import type { Until } from '../../src/sim/scenario/until.ts';
import { createWorld } from '../../src/sim/world/world.ts';
import { quietLog } from '../rollouts/start-manager.ts';
import { callsOf } from './rbac-grants.ts';
import { RELEASE } from './render.ts';

const ADMIN = { name: 'admin', groups: ['system:masters'] };

/** One life of the controller's process. */
export interface Life {
  /** In good order: the lease is given back. */
  stop(): Promise<void>;
}

export interface LifeOptions {
  /** How late its caches hear of a kind. */
  readonly watchLag?: ((kind: ResourceKind) => number) | undefined;
  readonly fault?: ((request: PortRequest) => PortFault | undefined) | undefined;
  readonly instance?: string | undefined;
  readonly namespaces?: readonly string[] | undefined;
  readonly secretNamespaces?: readonly string[] | undefined;
}

/** A simulated cluster with RBAC in force, in which a controller runs as its service account. */
export interface RbacStage {
  readonly clock: VirtualClock;
  readonly sim: SimCluster;
  /** A member of system:masters. */
  readonly admin: Cluster;
  readonly repositories: SimRepositories;
  readonly metrics: Map<string, number>;
  /** What RBAC was asked in the controller's name. */
  readonly calls: ReadonlySet<string>;
  /** Requests of the controller that were refused. */
  readonly refused: readonly string[];
  apply(manifests: string | readonly KubeObject[]): Promise<void>;
  start(options?: LifeOptions): Life;
  /** Moves time until it holds; fails after ten minutes of it. */
  until(what: Until): Promise<void>;
  during<T>(work: Promise<T>): Promise<T>;
  end(): Promise<void>;
}

function resourceOf(object: KubeObject): ResourceKind | undefined {
  const known = BUILT_IN_KINDS.map(({ kind }) => kind);
  const builtIn = known.find(
    (kind) => kind.kind === object.kind && object.apiVersion === (kind.group === '' ? kind.version : `${kind.group}/${kind.version}`),
  );
  const served = ['sluice.dev/', 'gateway.networking.k8s.io/'].some((group) => object.apiVersion.startsWith(group));
  return builtIn ?? (served ? kindOf(object) : undefined);
}

/** Of rendered objects, those that the simulated API server serves. */
export function served(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.filter((object) => resourceOf(object) !== undefined && object.kind !== 'CustomResourceDefinition');
}

/** Makes the cluster; nothing but the workloads' controllers runs yet. */
export function createRbacStage(): RbacStage {
  const clock = createVirtualClock(instant(Date.UTC(2026, 0, 1)));
  const calls = new Set<string>();
  const refused: string[] = [];
  const authorize = (request: SimRequest): string | undefined => {
    const refusal = decide(request);
    if (refusal !== undefined && callsOf(request, CONTROLLER_USER).length > 0) refused.push(refusal);
    return refusal;
  };
  const sim = createSimCluster({ clock, crds: [...ownCrds(), ...GATEWAY_CRDS], authorize });
  const decide = createRbacAuthorizer(sim);
  sim.onRequest((request) => {
    for (const call of callsOf(request, CONTROLLER_USER)) calls.add(call);
    return undefined;
  });
  const admin = sim.as(ADMIN);
  const stopWorld = new AbortController();
  const dataPlane = createLaggingRouter({ cluster: sim.as(ADMIN), clock, routers: [GATEWAY_API] }).run(stopWorld.signal);
  const world = createWorld({ cluster: sim.as(ADMIN), clock, random: createRandom(1) }).run(stopWorld.signal);
  const repositories = createSimRepositories({ clock });
  const metrics = new Map<string, number>();

  const during = async <T>(work: Promise<T>): Promise<T> => {
    let over = false;
    const finish = (): void => void (over = true);
    work.then(finish, finish);
    if (!(await clock.runUntil(() => over, millis(60_000)))) throw new Error('it did not end within a minute');
    return work;
  };
  const stage: RbacStage = {
    clock,
    sim,
    admin,
    repositories,
    metrics,
    calls,
    refused,
    during,
    apply: async (manifests) => {
      for (const object of typeof manifests === 'string' ? parseManifests(manifests) : manifests) {
        const kind = resourceOf(object);
        if (kind === undefined) throw new Error(`the simulated cluster serves no ${object.kind}`);
        await during(admin.apply(kind, object, { fieldManager: 'kubectl', force: true, fieldValidation: 'Strict' }));
      }
    },
    start: (options = {}) => startLife(stage, options),
    until: async ({ what, holds }) => {
      if (!(await clock.runUntil(() => holds(sim), millis(600_000)))) {
        const status = sim
          .snapshot(kindOf({ apiVersion: 'sluice.dev/v1alpha1', kind: 'Rollout' }))
          .map((rollout) => JSON.stringify(rollout['status']));
        throw new Error(`did not come to '${what}'; refused: ${refused.join('; ')}\n${status.join('\n')}`);
      }
    },
    end: async () => {
      stopWorld.abort();
      await clock.settle();
      await Promise.all([world, dataPlane]);
    },
  };
  return stage;
}

let lives = 0;

function startLife(stage: RbacStage, options: LifeOptions): Life {
  const { clock, sim, metrics, repositories } = stage;
  lives += 1;
  const random = createRandom(lives);
  const log = quietLog();
  let index = 0;
  const incarnation = createIncarnation({
    number: lives,
    cluster: sim.as(CONTROLLER_USER),
    clock,
    send: (verb, kind, ref) => {
      const request = { index: (index += 1), verb, kind, ref };
      return { request, fault: options.fault?.(request) };
    },
    watchLag: (kind) => millis(options.watchLag?.(kind) ?? 0),
    onCrash: () => undefined,
  });
  const { namespace } = RELEASE;
  const identity = `sluice-${lives}`;
  const elector = createLeaderElector({
    cluster: incarnation.cluster,
    clock,
    random,
    log,
    namespace,
    name: leaseName(options.instance),
    identity,
  });
  const rules = () => [...metrics].map(([match, value]) => ({ match, value: () => value }));
  const manager = createManager({
    cluster: fencedCluster(incarnation.cluster, () => elector.mayWrite()),
    routers: createTrafficRouters(),
    clock,
    random,
    log,
    metrics: createScriptedMetricSource({ clock, rules }),
    repositories,
    ownNamespace: namespace,
    identity,
    namespaces: options.namespaces ?? [],
    secretNamespaces: options.secretNamespaces ?? [],
    instance: options.instance ?? '',
    workers: 4,
    resync: millis(600_000),
  });
  const stop = new AbortController();
  const caches = manager.runCaches(stop.signal);
  const led = elector.run({ onStarted: (signal) => manager.runControllers(signal) }, stop.signal);
  return {
    stop: async () => {
      stop.abort();
      await stage.during(Promise.all([led, caches]));
      incarnation.kill();
    },
  };
}
