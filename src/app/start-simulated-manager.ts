import { createJobSource } from '../adapters/metrics/job/job-source.ts';
import { createTrafficRouters } from '../adapters/traffic/traffic-routers.ts';
import { millis } from '../api/time.ts';
import { createManager } from '../controllers/manager.ts';
import type { Log } from '../ports/log.ts';
import type { JobQuery, MetricQuery } from '../ports/metrics.ts';
import type { Repositories } from '../ports/repository.ts';
import { createScriptedMetricSource, type ScriptedRule } from '../sim/metrics/scripted-source.ts';
import { createSimRepositories } from '../sim/repository/sim-repositories.ts';
import type { ControllerDeps, StartController } from '../sim/scenario/controller-port.ts';

export interface SimulatedManagerOptions {
  readonly log: Log;
  readonly repositories?: Repositories | undefined;
  readonly instance?: string | undefined;
  /** Asked before the metrics of the timeline: for answers that are no number. */
  readonly rules?: readonly ScriptedRule[] | undefined;
  /** Templates may hold addresses themselves; false when absent. */
  readonly inlineEndpoints?: boolean | undefined;
}

/** Starts the real manager on a scenario's cluster, with metrics by name: a query that contains the name gets its value. */
export function startSimulatedManager(options: SimulatedManagerOptions): StartController {
  return async (deps: ControllerDeps) => {
    const metrics = createScriptedMetricSource({
      clock: deps.clock,
      rules: () => [...(options.rules ?? []), ...[...deps.metrics].map(([match, value]) => ({ match, value: () => value ?? [] }))],
    });
    const jobs = createJobSource({ cluster: deps.cluster });
    // The cluster runs Jobs, but for those that a rule tells of.
    const isRun = (query: MetricQuery): query is JobQuery =>
      query.type === 'job' && !(options.rules ?? []).some(({ match }) => query.name.includes(match));
    const repositories = options.repositories ?? createSimRepositories({ clock: deps.clock });
    const manager = createManager({
      cluster: deps.cluster,
      routers: createTrafficRouters(),
      clock: deps.clock,
      random: deps.random,
      log: options.log,
      metrics: deps.guard({ query: (query) => (isRun(query) ? jobs.query(query) : metrics.query(query)) }),
      // What `open` answers has the effects, so that each repository is guarded by itself.
      repositories: { open: (access) => deps.guard(repositories.open(access)) },
      ownNamespace: 'sluice-system',
      identity: 'simulated',
      namespaces: [],
      instance: options.instance ?? '',
      workers: 4,
      resync: millis(600_000),
      allowLocalGit: true,
      inlineEndpoints: options.inlineEndpoints,
    });
    const stop = new AbortController();
    const caches = manager.runCaches(stop.signal);
    const controllers = manager.runControllers(stop.signal);
    return {
      stop: async () => {
        stop.abort();
        await Promise.all([caches, controllers]);
      },
    };
  };
}
