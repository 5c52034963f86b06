import { type Instant, instant, type Millis, millis } from '../../api/time.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { isSluiceError } from '../../ports/errors.ts';

const FIRST_RETRY = 100;
const LONGEST_RETRY = 5000;

/** Works keys off one after the other, each at most once at a time; failures are tried again with growing delays. */
export interface KeyedLoop {
  add(key: string): void;
  /** Looks at the key after `delay`, unless that happens earlier anyway. */
  addAfter(key: string, delay: Millis): void;
}

export interface KeyedLoopOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** May answer after how long it wants to see the key again. A SluiceError is tried again. */
  readonly handle: (key: string) => Promise<Millis | undefined>;
  /** Any other error: a defect of the world itself. */
  readonly onDefect: (error: unknown) => void;
}

class SequentialLoop implements KeyedLoop {
  readonly #options: KeyedLoopOptions;
  readonly #due = new Set<string>();
  readonly #waiting = new Map<string, { readonly at: Instant; readonly timer: Timer }>();
  readonly #failures = new Map<string, number>();
  #working = false;

  constructor(options: KeyedLoopOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => {
      for (const { timer } of this.#waiting.values()) timer.cancel();
      this.#waiting.clear();
    });
  }

  add(key: string): void {
    this.#due.add(key);
    if (!this.#working && !this.#options.signal.aborted) void this.#pump();
  }

  addAfter(key: string, delay: Millis): void {
    const { clock, signal } = this.#options;
    if (signal.aborted) return;
    if (delay <= 0) {
      this.add(key);
      return;
    }
    const at = instant(clock.now() + delay);
    const earlier = this.#waiting.get(key);
    if (earlier !== undefined && earlier.at <= at) return;
    earlier?.timer.cancel();
    const timer = clock.startTimer(delay, () => {
      this.#waiting.delete(key);
      this.add(key);
    });
    this.#waiting.set(key, { at, timer });
  }

  async #pump(): Promise<void> {
    this.#working = true;
    // Changes that arrive together are looked at together.
    await Promise.resolve();
    for (const key of this.#due) {
      this.#due.delete(key);
      if (this.#options.signal.aborted) break;
      await this.#work(key);
    }
    this.#working = false;
  }

  async #work(key: string): Promise<void> {
    const { handle, signal, onDefect } = this.#options;
    try {
      const again = await handle(key);
      this.#failures.delete(key);
      if (again !== undefined) this.addAfter(key, again);
    } catch (error) {
      if (signal.aborted) return;
      if (!isSluiceError(error)) {
        onDefect(error);
        return;
      }
      const count = this.#failures.get(key) ?? 0;
      this.#failures.set(key, count + 1);
      this.addAfter(key, millis(Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** count)));
    }
  }
}

/** A loop over keys that stops when `signal` aborts. */
export function createKeyedLoop(options: KeyedLoopOptions): KeyedLoop {
  return new SequentialLoop(options);
}
