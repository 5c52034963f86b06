import { type Millis, millis } from '../api/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import { isAtLeast } from './resource-version.ts';
import type { Store } from './store.ts';
import type { Change } from './watch-cache.ts';

type SeenStore = Pick<Store<unknown>, 'resourceVersionOf' | 'uidOf'>;

/**
 * What a controller wrote and its caches may not show yet. A reconcile key is parked until they do, so that no decision rests on a view older than the
 * controller's own last write (KEP-5647); a cache that never shows it releases the key after the time limit, so that nothing stands still for ever.
 */
export interface Expectations {
  /** `objectKey` of `store` has to show this version or a newer one. */
  expectWritten(key: string, store: SeenStore, objectKey: string, resourceVersion: string): void;
  /** `objectKey` of `store` has to be gone, or be another object. */
  expectGone(key: string, store: SeenStore, objectKey: string, uid: string): void;
  /** Whether `key` has to wait. Looks at the stores, so it is right even before the informer's listeners were told. */
  isParked(key: string): boolean;
  /** Releases the keys that wait for this informer as soon as it shows what they wait for. */
  follow(informer: { onChange(listener: (change: Change<unknown>) => void): void }): void;
}

export interface ExpectationsOptions {
  readonly clock: Clock;
  /** Called when a parked key no longer is, unless `isParked` said so first: add it to its queue. */
  readonly onReleased?: ((key: string) => void) | undefined;
  /** How long a key waits at most; 30 s. */
  readonly timeout?: Millis | undefined;
}

interface Expected {
  readonly store: SeenStore;
  readonly objectKey: string;
  readonly isShown: () => boolean;
}

interface Parked {
  /** By store and object: a later write to the same object replaces what was expected of it. */
  expected: readonly Expected[];
  timer: Timer;
}

/** No expectations. */
export function createExpectations(options: ExpectationsOptions): Expectations {
  const { clock } = options;
  const timeout = options.timeout ?? millis(30_000);
  const parked = new Map<string, Parked>();

  function forget(key: string): void {
    parked.get(key)?.timer.cancel();
    parked.delete(key);
  }

  function release(key: string): void {
    forget(key);
    options.onReleased?.(key);
  }

  /** Looks again; true while something is still not shown. */
  function isWaiting(key: string): boolean {
    const entry = parked.get(key);
    if (entry === undefined) return false;
    entry.expected = entry.expected.filter((one) => !one.isShown());
    return entry.expected.length > 0;
  }

  function expect(key: string, one: Expected): void {
    const before = parked.get(key);
    before?.timer.cancel();
    const others = (before?.expected ?? []).filter((other) => other.store !== one.store || other.objectKey !== one.objectKey);
    parked.set(key, { expected: [...others, one], timer: clock.startTimer(timeout, () => release(key)) });
  }

  return {
    expectWritten(key, store, objectKey, resourceVersion) {
      const isShown = (): boolean => {
        const shown = store.resourceVersionOf(objectKey);
        return shown !== undefined && isAtLeast(shown, resourceVersion);
      };
      expect(key, { store, objectKey, isShown });
    },
    expectGone(key, store, objectKey, uid) {
      expect(key, { store, objectKey, isShown: () => store.uidOf(objectKey) !== uid });
    },
    isParked(key) {
      const waiting = isWaiting(key);
      if (!waiting) forget(key);
      return waiting;
    },
    follow(informer) {
      informer.onChange((change) => {
        for (const [key, entry] of parked) {
          const concerned = entry.expected.some((one) => one.objectKey === change.key);
          if (concerned && !isWaiting(key)) release(key);
        }
      });
    },
  };
}
