import { brokenOff, notRun, type Result } from './result.ts';

/** What one lane sees of the queue. */
export interface Lane<T> {
  readonly number: number;
  /** The next in the queue; undefined when there is none. */
  next(): T | undefined;
  /** Hands in how the last one came out. */
  ended(result: Result): void;
}

export interface LanesEnd {
  /** One for each in the queue, in its order: what a lane took and did not hand in broke off, what none took was not run. */
  readonly results: readonly Result[];
  /** One for each lane that failed between two of them, or before the first. */
  readonly failedLanes: readonly Result[];
}

/** Works off one queue in several lanes at once: each takes the next as soon as it has ended one, so one that fails leaves its share to the others. */
export async function runLanes<T extends { readonly name: string }>(
  queue: readonly T[],
  lanes: number,
  work: (lane: Lane<T>) => Promise<void>,
): Promise<LanesEnd> {
  const left = [...queue];
  const results = new Map<T, Result>();
  const failedLanes: Result[] = [];
  const runLane = async (number: number): Promise<void> => {
    let at: T | undefined;
    const next = (): T | undefined => {
      at = left.shift();
      return at;
    };
    const ended = (result: Result): void => {
      if (at !== undefined) results.set(at, result);
      at = undefined;
    };
    try {
      await work({ number, next, ended });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (at === undefined) failedLanes.push(brokenOff(`lab ${number}`, [why]));
      else ended(brokenOff(at.name, [why]));
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, index) => runLane(index + 1)));
  return { results: queue.map((one) => results.get(one) ?? notRun(one.name)), failedLanes };
}
