import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { createGitRepositories } from '../adapters/git/git-repositories.ts';
import { createMetricSource } from '../adapters/metrics/metric-source.ts';
import { createTrafficRouters } from '../adapters/traffic/traffic-routers.ts';
import { parseDuration } from '../api/duration.ts';
import { type Millis, millis } from '../api/time.ts';
import { CliError } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-code.ts';
import { VERSION } from '../cli/version.ts';
import type { Settings } from '../config/settings.ts';
import { createManager, type Manager } from '../controllers/manager.ts';
import type { ApiEndpoint } from '../kube/api-endpoint.ts';
import { fencedCluster } from '../kube/fenced-cluster.ts';
import { loadKubeConfig } from '../kube/kube-config.ts';
import { createLeaderElector, leaseName } from '../kube/lease.ts';
import { recordingCluster } from '../kube/records.ts';
import { createResourceClient } from '../kube/resource-client.ts';
import { createTransport } from '../kube/transport.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import { isSluiceError } from '../ports/errors.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import { startHealthServer } from '../server/health-server.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { followRollouts } from './rollout-metrics.ts';

/** A reconcile that runs longer than twice this is stuck: Git's own deadline is the longest thing that one waits for. */
const LONGEST_RECONCILE = millis(180_000);
const GIT_DEADLINE = millis(60_000);
const GIT_OUTPUT_LIMIT = 64 * 1024 * 1024;

export interface ControllerProcess {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
}

/**
 * Runs the controller on the cluster of the kubeconfig, or the one that it runs in. Resolves to the exit code: 0 when it was asked to stop, 1 when it lost
 * its lease (what restarts it starts a clean process).
 */
export async function runController(process: ControllerProcess): Promise<number> {
  const { settings, clock, log } = process;
  const transport = createTransport({ endpoint: readEndpoint(clock), clock, userAgent: `sluice/${VERSION}` });
  const metrics = createMetrics({ version: VERSION, eventLoop: true });
  const plain = recordingCluster(createResourceClient(transport), (call) => metrics.countApiRequest(call.verb, call.resource));
  const fence: Fence = { mayWrite: () => true, lost: new AbortController() };
  const manager = makeManager(
    process,
    fencedCluster(plain, () => fence.mayWrite(), fence.lost.signal),
    metrics,
  );
  const health = await startHealthServer({
    ...addresses(settings),
    metrics,
    log,
    isAlive: () => stuck(manager),
    isReady: () => (manager.hasSynced() ? [] : ['the caches are not filled yet']),
  });
  followRollouts(manager.caches.rollouts, metrics);
  const caches = new AbortController();
  const filling = manager.runCaches(AbortSignal.any([process.signal, caches.signal]));
  log.info('started', {
    version: VERSION,
    namespaces: settings.namespaces,
    instance: settings.instance,
    health: health.healthAddress,
    metrics: health.metricsAddress,
  });
  try {
    if (!settings.leaderElection) {
      await manager.runControllers(process.signal);
      return 0;
    }
    return await lead(process, plain, manager, metrics, fence);
  } finally {
    caches.abort();
    await filling;
    await health.close();
    await transport.close();
    metrics.close();
    log.info('stopped');
  }
}

/** As kubectl would: `$KUBECONFIG`, `~/.kube/config`, then the Pod's service account. */
function readEndpoint(clock: Clock): ApiEndpoint {
  try {
    return loadKubeConfig({ clock });
  } catch (error) {
    if (!isSluiceError(error, 'spec_invalid')) throw error;
    throw new CliError(EXIT.unreachable, error.message, 'or run it in a Pod with a service account, as the chart does');
  }
}

function addresses(settings: Settings): Pick<Settings, 'healthAddress' | 'metricsAddress'> {
  return { healthAddress: settings.healthAddress, metricsAddress: settings.metricsAddress };
}

/** Keeps writes to the time of leading: none starts after it, and none that is under way outlives the lease. */
interface Fence {
  mayWrite: () => boolean;
  readonly lost: AbortController;
}

async function lead(process: ControllerProcess, cluster: Cluster, manager: Manager, metrics: Metrics, fence: Fence): Promise<number> {
  const { settings, clock, random, log } = process;
  const elector = createLeaderElector({
    cluster,
    clock,
    random,
    log,
    namespace: settings.ownNamespace,
    name: leaseName(settings.instance),
    identity: `${identityOf(process)}_${randomBytes(4).toString('hex')}`,
    leaseDuration: duration(settings.leaseDuration),
    renewDeadline: duration(settings.renewDeadline),
    retryPeriod: duration(settings.retryPeriod),
  });
  fence.mayWrite = () => elector.mayWrite();
  const onStarted = async (signal: AbortSignal, lost: AbortSignal): Promise<void> => {
    lost.addEventListener('abort', () => fence.lost.abort(), { once: true });
    log.info('leading');
    metrics.setLeader(true);
    await manager.runControllers(signal);
    metrics.setLeader(false);
  };
  const outcome = await elector.run({ onStarted }, process.signal);
  if (outcome === 'lost') log.error('the lease was lost; the process ends so that nothing is written late');
  return outcome === 'lost' ? 1 : 0;
}

function makeManager(process: ControllerProcess, cluster: Cluster, metrics: Metrics): Manager {
  const { settings, clock, random, log, environment } = process;
  return createManager({
    cluster,
    routers: createTrafficRouters(),
    clock,
    random,
    log,
    metrics: createMetricSource({ clock, cluster, inlineEndpointHosts: settings.inlineEndpointHosts }),
    inlineEndpoints: settings.allowInlineEndpoints,
    repositories: createGitRepositories({
      clock,
      environment,
      workDirectory: settings.gitCacheDir,
      cacheSize: settings.gitCacheSize,
      deadline: GIT_DEADLINE,
      outputLimit: GIT_OUTPUT_LIMIT,
      allowLocal: false,
    }),
    ownNamespace: settings.ownNamespace,
    identity: identityOf(process),
    namespaces: settings.namespaces,
    secretNamespaces: settings.secretNamespaces,
    instance: settings.instance,
    workers: settings.workers,
    resync: duration(settings.resyncInterval),
    observe: (reconciler, outcome, took) => metrics.observeReconcile(reconciler, outcome === 'done' ? 'success' : outcome, took / 1000),
  });
}

function identityOf(process: ControllerProcess): string {
  return process.environment['POD_NAME'] ?? hostname();
}

function stuck(manager: Manager): readonly string[] {
  return manager.controllers
    .filter((controller) => controller.oldestRunning() > 2 * LONGEST_RECONCILE)
    .map((controller) => `${controller.name} has been at one object for ${Math.round(controller.oldestRunning() / 1000)} s`);
}

/** The settings are validated, so the texts are durations. */
function duration(text: string): Millis {
  return parseDuration(text) ?? millis(0);
}
