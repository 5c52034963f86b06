import { millis } from '../../api/time.ts';
import type { Timer } from '../../ports/clock.ts';
import type { Cluster, ResourceKind, WatchOptions } from '../../ports/cluster.ts';
import { isSluiceError } from '../../ports/errors.ts';
import { sleep } from '../../ports/sleep.ts';
import type { CliContext } from '../context.ts';

/** Changes that come closer together than this make one picture. */
const SETTLE = millis(300);
const REOPEN_AFTER = millis(1000);
/** On a terminal the picture is drawn anew this often, so that ages and countdowns go on. */
const TICK = millis(1000);

export interface WatchedKind {
  readonly kind: ResourceKind;
  readonly options: Omit<WatchOptions, 'signal' | 'resourceVersion'>;
}

/** What is watched, how it is read, and how it is shown. */
export interface Watched<T> {
  readonly kinds: readonly WatchedKind[];
  read(): Promise<T>;
  show(value: T): void;
}

/**
 * Reads and shows at once and then after every burst of changes, until the person interrupts. A watch that ends or breaks is opened again, with one more
 * reading, so that what happened in between is seen. An error of `read`, or a watch that is forbidden, ends it.
 */
export async function showChanges<T>(context: CliContext, cluster: Pick<Cluster, 'watch'>, watched: Watched<T>): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const bell = createBell();
  const watches = watched.kinds.map((kind) => keepWatching(context, cluster, kind, signal, bell.ring).catch(bell.fail));
  context.signal.addEventListener('abort', bell.ring, { once: true });
  try {
    while (!context.signal.aborted) {
      bell.clear();
      const value = await watched.read();
      watched.show(value);
      const ticking = tick(context, () => watched.show(value));
      await bell.next().finally(ticking.cancel);
      await sleep(context.clock, SETTLE, signal);
    }
  } finally {
    context.signal.removeEventListener('abort', bell.ring);
    stop.abort();
    await Promise.all(watches);
  }
}

/** Repeats `draw` on a terminal; elsewhere time alone is no news. */
function tick(context: CliContext, draw: () => void): Timer {
  if (!context.terminal.outIsTerminal) return { cancel: () => undefined };
  let timer: Timer;
  const fire = (): void => {
    draw();
    timer = context.clock.startTimer(TICK, fire);
  };
  timer = context.clock.startTimer(TICK, fire);
  return { cancel: () => timer.cancel() };
}

async function keepWatching(
  context: CliContext,
  cluster: Pick<Cluster, 'watch'>,
  watched: WatchedKind,
  signal: AbortSignal,
  onChange: () => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const event of cluster.watch(watched.kind, { ...watched.options, signal })) if (event.type !== 'BOOKMARK') onChange();
    } catch (error) {
      if (signal.aborted) return;
      // What may mend itself is tried again; a missing right or kind is for the person to read.
      if (isSluiceError(error, 'forbidden') || isSluiceError(error, 'not_found')) throw error;
    }
    await sleep(context.clock, REOPEN_AFTER, signal);
    onChange();
  }
}

interface Bell {
  readonly ring: () => void;
  readonly fail: (error: unknown) => void;
  /** Forgets what rang so far; a failure stays. */
  readonly clear: () => void;
  /** Resolves once it has rung since the last clear; rejects once anything failed. */
  next(): Promise<void>;
}

function createBell(): Bell {
  let failure: { readonly error: unknown } | undefined;
  let waiting = Promise.withResolvers<void>();
  return {
    ring: () => waiting.resolve(),
    fail: (error) => {
      failure ??= { error };
      waiting.resolve();
    },
    clear: () => {
      waiting = Promise.withResolvers<void>();
      if (failure !== undefined) waiting.resolve();
    },
    next: async () => {
      await waiting.promise;
      if (failure !== undefined) throw failure.error;
    },
  };
}
