import { createTrafficRouters } from '../../src/adapters/traffic/traffic-routers.ts';
import { millis } from '../../src/api/time.ts';
import { createManager } from '../../src/controllers/manager.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Repositories } from '../../src/ports/repository.ts';
import { createScriptedMetricSource, type ScriptedRule } from '../../src/sim/metrics/scripted-source.ts';
import { createSimRepositories } from '../../src/sim/repository/sim-repositories.ts';
import type { ControllerDeps, StartController } from '../../src/sim/scenario/controller-port.ts';

/** A log that keeps warnings and errors, for the message of a failing test. */
export function quietLog(keep: string[] = []): Log {
  const line = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    if (keep.length < 200) keep.push(`${level}: ${message} ${JSON.stringify(fields ?? {})}`);
  };
  const log: Log = { debug: () => undefined, info: () => undefined, warn: line('warn'), error: line('error'), child: () => log };
  return log;
}

export interface ManagerOptions {
  readonly repositories?: Repositories;
  readonly log?: Log;
  readonly instance?: string;
  /** Asked before the metrics of the timeline: for answers that are no number. */
  readonly rules?: readonly ScriptedRule[];
}

/** Starts the real manager on a scenario's cluster, with metrics by name (`metric('success', 0.99)` answers queries that contain `success`). */
export function startManager(options: ManagerOptions = {}): StartController {
  return async (deps: ControllerDeps) => {
    const metrics = createScriptedMetricSource({
      clock: deps.clock,
      rules: () => [...(options.rules ?? []), ...[...deps.metrics].map(([match, value]) => ({ match, value: () => value ?? [] }))],
    });
    const repositories = options.repositories ?? createSimRepositories({ clock: deps.clock });
    const manager = createManager({
      cluster: deps.cluster,
      routers: createTrafficRouters(),
      clock: deps.clock,
      random: deps.random,
      log: options.log ?? quietLog(),
      metrics: deps.guard(metrics),
      // What `open` answers has the effects, so that each repository is guarded by itself.
      repositories: { open: (access) => deps.guard(repositories.open(access)) },
      ownNamespace: 'sluice-system',
      identity: 'test',
      namespaces: [],
      instance: options.instance ?? '',
      workers: 4,
      resync: millis(600_000),
      allowLocalGit: true,
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
