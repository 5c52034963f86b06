import { type Instant, type Millis, millis } from '../api/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { isSluiceError, type Retry, SluiceError } from '../ports/errors.ts';
import type { Random } from '../ports/random.ts';
import { backoffDelay } from './backoff.ts';
import { createDeadlines } from './deadlines.ts';
import { moreUrgent, type Priority, ReadyKeys } from './ready-keys.ts';

export type Handler = (key: string, signal: AbortSignal) => Promise<void>;

/** Keys to work on: each key once, and never by two workers at a time. */
export interface WorkQueue {
  /** Works on `key` soon; the default priority is `spec`. A key that is being worked on comes again afterwards. */
  add(key: string, options?: { readonly priority?: Priority | undefined }): void;
  /** Works on `key` at a point in time, the earliest when there are several; what else brings the key does not take the deadline away. */
  addAt(key: string, at: Instant): void;
  /**
   * Runs `handler` until `signal` aborts, and then waits for the handlers that are at work. A handler that throws is called again with growing delay,
   * after the time that a `SluiceError` states, or not at all when that says `never`.
   */
  run(handler: Handler, workers: number, signal: AbortSignal): Promise<void>;
  /** Keys that wait for a worker now. */
  depth(): number;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly onError?: ((key: string, error: unknown) => void) | undefined;
}

const FIRST_BACKOFF: Millis = millis(5);
const LONGEST_BACKOFF: Millis = millis(1_000_000);

interface Failed {
  readonly count: number;
  readonly timer: Timer | undefined;
  /** The other side said when to come back: until then nothing else brings the key to a worker. */
  readonly held: boolean;
  readonly priority: Priority;
}

class KeyedQueue implements WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #ready = new ReadyKeys();
  readonly #working = new Set<string>();
  /** Keys that were added while they were worked on. */
  readonly #again = new Map<string, Priority>();
  readonly #failed = new Map<string, Failed>();
  readonly #deadlines;
  #idle: (() => void)[] = [];
  #running = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#deadlines = createDeadlines(options.clock, (key) => this.add(key));
  }

  add(key: string, options: { readonly priority?: Priority | undefined } = {}): void {
    const priority = options.priority ?? 'spec';
    const failed = this.#failed.get(key);
    if (failed?.held === true) {
      this.#failed.set(key, { ...failed, priority: moreUrgent(failed.priority, priority) });
    } else if (this.#working.has(key)) {
      this.#again.set(key, moreUrgent(this.#again.get(key) ?? priority, priority));
    } else {
      this.#ready.add(key, priority);
      this.#idle.shift()?.();
    }
  }

  addAt(key: string, at: Instant): void {
    this.#deadlines.set(key, at);
  }

  depth(): number {
    return this.#ready.size + this.#again.size;
  }

  async run(handler: Handler, workers: number, signal: AbortSignal): Promise<void> {
    if (this.#running) throw new SluiceError('invariant', 'the work queue runs already');
    this.#running = true;
    const wakeAll = (): void => {
      for (const wake of this.#idle.splice(0)) wake();
    };
    signal.addEventListener('abort', wakeAll, { once: true });
    try {
      await Promise.all(Array.from({ length: workers }, () => this.#work(handler, signal)));
    } finally {
      signal.removeEventListener('abort', wakeAll);
      this.#deadlines.clear();
      for (const failed of this.#failed.values()) failed.timer?.cancel();
      this.#failed.clear();
      this.#running = false;
    }
  }

  async #work(handler: Handler, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const key = this.#ready.take();
      if (key === undefined) {
        await new Promise<void>((resolve) => {
          this.#idle.push(resolve);
        });
        continue;
      }
      await this.#handle(key, handler, signal);
    }
  }

  async #handle(key: string, handler: Handler, signal: AbortSignal): Promise<void> {
    this.#working.add(key);
    // The delayed try is this one.
    this.#failed.get(key)?.timer?.cancel();
    try {
      await handler(key, signal);
      this.#failed.delete(key);
    } catch (error) {
      if (!signal.aborted) this.#fail(key, error);
    } finally {
      this.#working.delete(key);
      const again = this.#again.get(key);
      this.#again.delete(key);
      if (again !== undefined) this.add(key, { priority: again });
    }
  }

  #fail(key: string, error: unknown): void {
    try {
      this.#options.onError?.(key, error);
    } catch {
      // Reporting must not stop the worker.
    }
    const retry: Retry = isSluiceError(error) ? error.retry : { kind: 'backoff' };
    const count = (this.#failed.get(key)?.count ?? 0) + 1;
    const backoff = backoffDelay(count, FIRST_BACKOFF, LONGEST_BACKOFF, this.#options.random);
    switch (retry.kind) {
      case 'never':
        this.#failed.delete(key);
        return;
      case 'backoff':
        this.#retryAfter(key, { count, held: false, delay: backoff });
        return;
      case 'after':
        this.#retryAfter(key, { count, held: true, delay: millis(Math.max(backoff, retry.delay)) });
        return;
      default:
        retry satisfies never;
    }
  }

  #retryAfter(key: string, plan: { readonly count: number; readonly held: boolean; readonly delay: Millis }): void {
    const timer = this.#options.clock.startTimer(plan.delay, () => {
      const failed = this.#failed.get(key);
      this.#failed.set(key, { count: plan.count, timer: undefined, held: false, priority: 'resync' });
      this.add(key, { priority: failed?.priority ?? 'resync' });
    });
    this.#failed.set(key, { count: plan.count, timer, held: plan.held, priority: 'resync' });
  }
}

/** An empty queue. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new KeyedQueue(options);
}
