import { type Instant, instant } from '../../api/time.ts';
import type { Action } from '../../core/plan/plan.ts';
import { isSluiceError, type SluiceError } from '../../ports/errors.ts';
import type { RouterReading } from '../../ports/traffic-router.ts';

type RouteTraffic = Extract<Action, { type: 'routeTraffic' }>;

/** One write of routes that the API server refuses, and until when it is not tried again. */
export interface RouteRefusal {
  readonly router: RouteTraffic['router'];
  readonly message: string;
  readonly until: Instant;
}

/**
 * Remembers writes of routes that were refused for what they say (a schema, an admission policy, a missing right). Trying the same again at once would refuse
 * again, and no status would ever tell of it: until the delay is over the Rollout decides with a route that cannot be written, which becomes a condition.
 * Another intent, an abort above all, and objects of another version are tried at once.
 */
export interface RouteRefusals {
  /** The refusal that one of these actions would meet again. */
  met(key: string, actions: readonly Action[], now: Instant): RouteRefusal | undefined;
  /** Remembers a failed action when its error is a refusal. */
  failed(key: string, action: RouteTraffic, error: unknown, now: Instant): void;
  /** Whether this error was remembered: the next pass tells of it, at once. */
  remembers(error: unknown): error is SluiceError;
  forget(key: string): void;
}

/** Milliseconds. */
const FIRST_DELAY = 2_000;
const LONGEST_DELAY = 60_000;

interface Remembered extends RouteRefusal {
  readonly write: string;
  readonly delay: number;
}

/** No refusals. */
export function createRouteRefusals(): RouteRefusals {
  const remembered = new Map<string, Remembered>();
  const errors = new WeakSet<object>();
  return {
    met: (key, actions, now) => {
      const refusal = remembered.get(key);
      if (refusal === undefined || now >= refusal.until) return undefined;
      return actions.some((action) => action.type === 'routeTraffic' && writeOf(action) === refusal.write) ? refusal : undefined;
    },
    failed: (key, action, error, now) => {
      if (!isSluiceError(error, 'spec_invalid') && !isSluiceError(error, 'forbidden')) return;
      errors.add(error);
      const write = writeOf(action);
      const before = remembered.get(key);
      const delay = before?.write === write ? Math.min(2 * before.delay, LONGEST_DELAY) : FIRST_DELAY;
      remembered.set(key, { router: action.router, message: error.message, until: instant(now + delay), write, delay });
    },
    remembers: (error): error is SluiceError => isSluiceError(error) && errors.has(error),
    forget: (key) => void remembered.delete(key),
  };
}

function writeOf({ router, objects, intent }: RouteTraffic): string {
  return JSON.stringify([router, objects.map(({ kind, ...seen }) => ({ ...seen, kind: kind.kind })), intent]);
}

/** The readings, the refused router's as one that cannot be written. */
export function withRouteRefusal(readings: readonly RouterReading[], { router, message }: RouteRefusal): readonly RouterReading[] {
  return readings.map((reading) =>
    reading.router === router
      ? {
          ...reading,
          state: {
            ok: false,
            reason: 'RouteInvalid',
            message: `the API server refuses what should be written: ${message}; correct the route, the steps or the rights of this controller`,
          },
        }
      : reading,
  );
}
