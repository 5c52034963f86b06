import { type Instant, instant, type Millis, millis } from '../../api/time.ts';
import type { Clock, Timer } from '../../ports/clock.ts';

/** So many timers at one instant mean that something reschedules itself with no delay. */
const TIMERS_PER_INSTANT = 50_000;

/** A clock that stands still until it is told to move: the whole simulation runs in one process, as fast as it can, and the same way every time. */
export interface VirtualClock extends Clock {
  /** Fires every timer due until `at`, in order, and stands at `at` then. Never moves back. */
  advanceTo(at: Instant): Promise<void>;
  runFor(duration: Millis): Promise<void>;
  /** Runs until `predicate` holds, looked at after every timer; false when `limit` from now passed first. */
  runUntil(predicate: () => boolean, limit: Millis): Promise<boolean>;
  /** Lets all promise work come to rest without moving time. */
  settle(): Promise<void>;
  /** Timers that will still fire. */
  pending(): number;
}

interface Entry {
  readonly at: Instant;
  readonly sequence: number;
  readonly fire: () => void;
}

function before(left: Entry, right: Entry): boolean {
  return left.at < right.at || (left.at === right.at && left.sequence < right.sequence);
}

/** Timers by time, then by the order in which they were started: two runs of one scenario fire them alike. */
class TimerQueue {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  get first(): Entry | undefined {
    return this.#entries[0];
  }

  add(entry: Entry): void {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#entries[middle];
      if (other !== undefined && before(other, entry)) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, entry);
  }

  remove(entry: Entry): boolean {
    const index = this.#entries.indexOf(entry);
    if (index >= 0) this.#entries.splice(index, 1);
    return index >= 0;
  }
}

function immediateTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

class Clockwork implements VirtualClock {
  readonly #timers = new TimerQueue();
  readonly #start: Instant;
  #now: Instant;
  #sequence = 0;
  #activity = 0;

  constructor(start: Instant) {
    this.#start = start;
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  monotonic(): Millis {
    return millis(this.#now - this.#start);
  }

  pending(): number {
    return this.#timers.size;
  }

  startTimer(delay: Millis, fire: () => void): Timer {
    if (Number.isNaN(delay)) throw new TypeError('a timer needs a delay in milliseconds, not NaN');
    const entry: Entry = { at: instant(this.#now + Math.max(0, delay)), sequence: this.#sequence, fire };
    this.#sequence += 1;
    this.#timers.add(entry);
    this.#activity += 1;
    return {
      cancel: () => {
        if (this.#timers.remove(entry)) this.#activity += 1;
      },
    };
  }

  async settle(): Promise<void> {
    let seen: number;
    do {
      seen = this.#activity;
      await immediateTurn();
    } while (this.#activity !== seen);
  }

  async advanceTo(at: Instant): Promise<void> {
    await this.#run(at, () => false);
  }

  async runFor(duration: Millis): Promise<void> {
    await this.#run(instant(this.#now + duration), () => false);
  }

  runUntil(predicate: () => boolean, limit: Millis): Promise<boolean> {
    return this.#run(instant(this.#now + limit), predicate);
  }

  /** Fires what is due until `at`; stops early, without moving on, once `done` holds. */
  async #run(at: Instant, done: () => boolean): Promise<boolean> {
    let firedAtThisInstant = 0;
    await this.settle();
    while (!done()) {
      const next = this.#timers.first;
      if (next === undefined || next.at > at) {
        if (at > this.#now) this.#now = at;
        return false;
      }
      this.#timers.remove(next);
      firedAtThisInstant = next.at > this.#now ? 0 : firedAtThisInstant + 1;
      if (firedAtThisInstant > TIMERS_PER_INSTANT) {
        const count = `${TIMERS_PER_INSTANT} timers fired at one instant`;
        throw new Error(`virtual time stands still: ${count}; something starts timers with no delay in a loop`);
      }
      if (next.at > this.#now) this.#now = next.at;
      next.fire();
      await this.settle();
    }
    return true;
  }
}

/**
 * A virtual clock that starts at `start`.
 *
 * After each timer the promise work that it set off runs to its end before the next timer fires: one turn of the event loop drains all microtasks, and turns
 * repeat while they start or cancel timers. Code on this clock may therefore use promises and this clock only: sockets, files and child processes are not waited for.
 */
export function createVirtualClock(start: Instant): VirtualClock {
  return new Clockwork(start);
}
