import type { Millis } from '../../api/time.ts';
import { millis } from '../../api/time.ts';
import { createWorkQueue } from '../../kube/work-queue.ts';
import type { Clock } from '../../ports/clock.ts';
import { isSluiceError } from '../../ports/errors.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import type { Reconciler } from './reconciler.ts';

export type Priority = 'user' | 'spec' | 'resync';

/** Told of every reconcile, for the metrics. */
export type ReconcileObserver = (reconciler: string, outcome: 'done' | 'conflict' | 'error', took: Millis) => void;

export interface ControllerOptions {
  readonly reconciler: Reconciler;
  readonly workers: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly observe?: ReconcileObserver | undefined;
}

/** One reconciler with its queue: one worker a key, backoff for failures, the earliest wake-up kept. */
export interface Controller {
  readonly name: string;
  enqueue(key: string, priority?: Priority): void;
  run(signal: AbortSignal): Promise<void>;
  depth(): number;
  /** How long the oldest running reconcile has been running; 0 when none is (R7: a watchdog reads it). */
  oldestRunning(): Millis;
}

/** Makes a controller; `run` works its queue until the signal aborts. */
export function createController(options: ControllerOptions): Controller {
  const { reconciler, clock, random, log } = options;
  const runningSince = new Map<string, Millis>();
  const queue = createWorkQueue({ clock, random, onError: (key, error) => logFailure(reconciler.name, key, error, log) });

  const handle = async (key: string, signal: AbortSignal): Promise<void> => {
    const started = clock.monotonic();
    runningSince.set(key, started);
    let outcome: 'done' | 'conflict' | 'error' = 'error';
    try {
      const result = await reconciler.reconcile(key, signal);
      outcome = 'done';
      if (result.requeueAt !== undefined) queue.addAt(key, result.requeueAt);
    } catch (error) {
      outcome = isSluiceError(error, 'conflict') ? 'conflict' : 'error';
      throw error;
    } finally {
      runningSince.delete(key);
      options.observe?.(reconciler.name, outcome, millis(clock.monotonic() - started));
    }
  };
  return {
    name: reconciler.name,
    enqueue: (key, priority = 'spec') => queue.add(key, { priority }),
    run: (signal) => queue.run(handle, options.workers, signal),
    depth: () => queue.depth(),
    oldestRunning: () => {
      const oldest = Math.min(...runningSince.values());
      return millis(Number.isFinite(oldest) ? clock.monotonic() - oldest : 0);
    },
  };
}

/** A conflict is everyday business: somebody wrote in between, and the next pass decides again. */
function logFailure(reconciler: string, key: string, error: unknown, log: Log): void {
  const message = error instanceof Error ? error.message : String(error);
  const fields = { controller: reconciler, key, code: isSluiceError(error) ? error.code : 'unexpected', error: message };
  if (isSluiceError(error, 'conflict')) log.debug('decided on an older view; deciding again', fields);
  else log.warn('reconcile failed; trying again with backoff', fields);
}
