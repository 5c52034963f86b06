import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createGitCommand } from '../adapters/git/git-command.ts';
import { createGitRepositories } from '../adapters/git/git-repositories.ts';
import { createMetricSource } from '../adapters/metrics/metric-source.ts';
import { createTrafficRouters } from '../adapters/traffic/traffic-routers.ts';
import { ENDPOINT_SLICE } from '../api/kinds.ts';
import { ownCrds } from '../api/own-crds.ts';
import { millis } from '../api/time.ts';
import { createManager } from '../controllers/manager.ts';
import { plainEndpoint } from '../kube/api-endpoint.ts';
import { createResourceClient } from '../kube/resource-client.ts';
import { createTransport } from '../kube/transport.ts';
import { toEndpointSliceView } from '../observe/endpoint-slice-view.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import { createRbacAuthorizer } from '../sim/cluster/rbac-authorizer.ts';
import { createSimCluster, type SimCluster, type SimRequest } from '../sim/cluster/sim-cluster.ts';
import { serveSimCluster } from '../sim/http/serve-sim-cluster.ts';
import { createWorld } from '../sim/world/world.ts';
import { type DemoPrometheus, startDemoPrometheus } from './demo-prometheus.ts';
import { createDeveloper, type Developer } from './developer.ts';
import { type LoadClient, startLoad } from './load-client.ts';
import { NAMESPACE, SERVICE_NAME } from './manifests.ts';
import { createDemoPods, type DemoPods } from './pods.ts';

export interface StageOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Which share of its answers a Pod gets wrong, by its image. */
  readonly errorRateOf: (image: string) => number;
  /** A `prometheus` binary; the built-in endpoint when undefined. */
  readonly prometheusBinary: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Everything that the story plays on: all of it on loopback and in one temporary directory, all of it gone after `close`. */
export interface Stage {
  readonly sim: SimCluster;
  /** As an administrator, over HTTP. */
  readonly admin: Cluster;
  /** The API server's address with an administrator's token in it, for a kubeconfig. */
  readonly adminUrl: string;
  readonly developer: Developer;
  readonly repositoryUrl: string;
  readonly prometheus: DemoPrometheus;
  readonly load: LoadClient;
  readonly directory: string;
  close(): Promise<void>;
}

const ADMIN = { name: 'demo-admin', groups: ['system:masters', 'system:authenticated'] };
const CONTROLLER = { name: 'system:serviceaccount:sluice-system:sluice', groups: ['system:masters', 'system:authenticated'] };
const KUBE = { name: 'system:kube-controller-manager', groups: ['system:masters', 'system:authenticated'] };
const REQUESTS_PER_SECOND = 120;

/** Builds the stage: a simulated cluster behind HTTP with real Pods, Prometheus, load, a real repository and the real controller. */
export async function createStage(options: StageOptions): Promise<Stage> {
  const { clock } = options;
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-demo-'));
  const closing: (() => Promise<void> | void)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const end of closing.splice(0).toReversed()) {
      try {
        await end();
      } catch (error) {
        // The others still have to end, so that nothing is left behind.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
    const sim = createDemoCluster(clock);
    const front = await serveSimCluster({ cluster: sim, users: { admin: ADMIN, controller: CONTROLLER }, port: 0 });
    closing.push(() => front.close());
    const connect = (token: string): Cluster => {
      const transport = createTransport({ endpoint: plainEndpoint(front.urlFor(token)), clock, userAgent: `sluice-demo/${token}` });
      closing.push(() => transport.close());
      return createResourceClient(transport);
    };
    const pods = createDemoPods(options.errorRateOf);
    closing.push(() => pods.close());
    closing.push(runUntilClosed((signal) => runWorld(sim, pods, options, signal)));
    const load = startLoad({ clock, perSecond: REQUESTS_PER_SECOND, backends: () => pods.backends(readyPods(sim)) });
    closing.push(() => load.stop());
    const prometheus = await startDemoPrometheus({
      clock,
      directory,
      binary: options.prometheusBinary,
      targets: pods.targets,
      environment: options.environment,
    });
    closing.push(() => prometheus.close());
    const { developer, repositoryUrl } = await createRepository(directory, options);
    closing.push(runUntilClosed((signal) => runController(connect('controller'), directory, options, signal)));
    return { sim, admin: connect('admin'), adminUrl: front.urlFor('admin'), developer, repositoryUrl, prometheus, load, directory, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A cluster whose rights are real: GitSync acts as a service account and may do what its Role says. */
function createDemoCluster(clock: Clock): SimCluster {
  let authorize: (request: SimRequest) => string | undefined = () => undefined;
  const sim = createSimCluster({ clock, crds: ownCrds(), authorize: (request) => authorize(request) });
  authorize = createRbacAuthorizer(sim);
  return sim;
}

/** Starts work that runs until it is told to end; the answer ends it and waits for it. */
function runUntilClosed(work: (signal: AbortSignal) => Promise<void>): () => Promise<void> {
  const stop = new AbortController();
  const running = work(stop.signal);
  // The failure is told when the stage closes; until then it must not count as unhandled.
  running.catch(() => undefined);
  return async () => {
    stop.abort();
    await running;
  };
}

async function runWorld(sim: SimCluster, pods: DemoPods, { clock, random }: StageOptions, signal: AbortSignal): Promise<void> {
  const world = createWorld({
    cluster: sim.as(KUBE),
    clock,
    random,
    hooks: pods.hooks,
    behaviour: () => ({ type: 'ready-after', delay: millis(400) }),
    delays: { podStart: millis(200), podTermination: millis(1000) },
  });
  await world.run(signal);
}

function readyPods(sim: SimCluster): readonly string[] {
  return sim
    .snapshot(ENDPOINT_SLICE)
    .map(toEndpointSliceView)
    .filter((slice) => slice.namespace === NAMESPACE && slice.service === SERVICE_NAME)
    .flatMap((slice) => slice.readyPods);
}

function gitOptions(directory: string, name: string, { clock, environment }: StageOptions) {
  return {
    clock,
    environment,
    workDirectory: path.join(directory, name),
    deadline: millis(20_000),
    outputLimit: 16 * 1024 * 1024,
    allowLocal: true,
  };
}

async function createRepository(directory: string, options: StageOptions): Promise<Pick<Stage, 'developer' | 'repositoryUrl'>> {
  const repository = path.join(directory, 'shop.git');
  const developer = await createDeveloper(createGitCommand(gitOptions(directory, 'developer', options)), repository);
  return { developer, repositoryUrl: `file://${repository}` };
}

async function runController(cluster: Cluster, directory: string, options: StageOptions, signal: AbortSignal): Promise<void> {
  const { clock, random, log } = options;
  const manager = createManager({
    cluster,
    routers: createTrafficRouters(),
    clock,
    random,
    log,
    metrics: createMetricSource({ clock }),
    repositories: createGitRepositories({ ...gitOptions(directory, 'git', options), cacheSize: '2Gi' }),
    ownNamespace: 'sluice-system',
    identity: 'demo',
    namespaces: [],
    instance: '',
    workers: 4,
    resync: millis(600_000),
    allowLocalGit: true,
  });
  await Promise.all([manager.runCaches(signal), manager.runControllers(signal)]);
}
