import { type Instant, type Millis, millis } from '../api/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';

/** The wall clock may be set while a timer runs; no deadline is missed by more than this because of it. */
const LONGEST_SLEEP: Millis = millis(60_000);

/** Points in time by key, the earliest a key, with one timer for all of them. */
export interface Deadlines {
  /** Keeps the earlier of this and what is there. */
  set(key: string, at: Instant): void;
  clear(): void;
}

interface Due {
  readonly key: string;
  readonly at: Instant;
}

/** Adds to a heap that has the smallest `at` first. */
function push(heap: Due[], due: Due): void {
  let index = heap.length;
  heap.push(due);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || above.at <= due.at) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = due;
}

/** Removes the smallest. */
function pop(heap: Due[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const [a, b] = [heap[left], heap[left + 1]];
    if (a === undefined) break;
    const [child, at] = b !== undefined && b.at < a.at ? [b, left + 1] : [a, left];
    if (child.at >= last.at) break;
    heap[index] = child;
    index = at;
  }
  heap[index] = last;
}

/** Deadlines on the wall clock of `clock`; `fire` is called once a key when its deadline has come. */
export function createDeadlines(clock: Clock, fire: (key: string) => void): Deadlines {
  const heap: Due[] = [];
  /** The deadline that counts, by key; heap entries with another one are leftovers. */
  const valid = new Map<string, Instant>();
  let timer: Timer | undefined;
  let timerAt: Instant | undefined;

  function arm(): void {
    const first = heap[0];
    if (first === undefined || (timerAt !== undefined && timerAt <= first.at)) return;
    timer?.cancel();
    timerAt = first.at;
    timer = clock.startTimer(millis(Math.min(Math.max(first.at - clock.now(), 0), LONGEST_SLEEP)), onTimer);
  }

  function onTimer(): void {
    timer = undefined;
    timerAt = undefined;
    for (let first = heap[0]; first !== undefined && first.at <= clock.now(); first = heap[0]) {
      pop(heap);
      if (valid.get(first.key) === first.at) {
        valid.delete(first.key);
        fire(first.key);
      }
    }
    arm();
  }

  return {
    set(key, at) {
      const present = valid.get(key);
      if (present !== undefined && present <= at) return;
      valid.set(key, at);
      push(heap, { key, at });
      arm();
    },
    clear() {
      timer?.cancel();
      timer = undefined;
      timerAt = undefined;
      heap.length = 0;
      valid.clear();
    },
  };
}
