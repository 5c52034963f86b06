import { startSimulatedManager } from '../../src/app/start-simulated-manager.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Repositories } from '../../src/ports/repository.ts';
import type { ScriptedRule } from '../../src/sim/metrics/scripted-source.ts';
import type { StartController } from '../../src/sim/scenario/controller-port.ts';

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
  readonly inlineEndpoints?: boolean;
}

/** Starts the real manager on a scenario's cluster, with metrics by name (`metric('success', 0.99)` answers queries that contain `success`). */
export function startManager(options: ManagerOptions = {}): StartController {
  return startSimulatedManager({ ...options, log: options.log ?? quietLog() });
}
