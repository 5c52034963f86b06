import { type Instant, instant } from '../../api/time.ts';
import type { Action } from '../../core/plan/plan.ts';
import type { ObservedRollout } from '../../core/rollout/observed.ts';
import { isSluiceError, type SluiceError } from '../../ports/errors.ts';
import type { RouterReading } from '../../ports/traffic-router.ts';
import { TAKEN } from './execute-plan.ts';

const REFUSABLE = [
  'routeTraffic',
  'copyConfig',
  'shareConfigCopy',
  'createReplicaSet',
  'createService',
  'setServicePorts',
  'createAnalysisRun',
] as const;

/** Writes that an API server refuses for what they say, and that status can tell of. */
export type RefusableAction = Extract<Action, { type: (typeof REFUSABLE)[number] }>;

/** One write that was refused, and until when it is not tried again. */
export interface WriteRefusal {
  readonly action: RefusableAction;
  readonly message: string;
  /** An object of somebody else has the name. */
  readonly taken: boolean;
  readonly until: Instant;
}

/**
 * Remembers writes that were refused for what they say (a schema, an admission policy, a quota, a missing right, a name that is taken). Trying the same again at
 * once would be refused again, and no status would ever tell of it: until the delay is over the Rollout decides without that write, which becomes a condition.
 * Another content, an abort above all, and objects of another version are tried at once.
 */
export interface WriteRefusals {
  /** The refusals that these actions would meet again. */
  met(key: string, actions: readonly Action[], now: Instant): readonly WriteRefusal[];
  /** Remembers a failed action when its error is a refusal. */
  failed(key: string, action: Action, error: unknown, now: Instant): void;
  succeeded(key: string, action: Action): void;
  /** Whether this error was remembered: the next pass tells of it, at once. */
  remembers(error: unknown): error is SluiceError;
  forget(key: string): void;
}

/** Milliseconds. */
const FIRST_DELAY = 2_000;
const LONGEST_DELAY = 60_000;

interface Remembered extends WriteRefusal {
  readonly write: string;
  readonly delay: number;
}

const TYPES: ReadonlySet<string> = new Set(REFUSABLE);

function isRefusable(action: { readonly type: string }): action is RefusableAction {
  return TYPES.has(action.type);
}

/** No refusals. */
export function createWriteRefusals(): WriteRefusals {
  const remembered = new Map<string, Map<string, Remembered>>();
  const errors = new WeakSet<object>();
  return {
    met: (key, actions, now) => {
      const known = remembered.get(key);
      if (known === undefined) return [];
      return actions.flatMap((action) => {
        const refusal = isRefusable(action) ? known.get(placeOf(action)) : undefined;
        return refusal === undefined || now >= refusal.until || !isRefusable(action) || writeOf(action) !== refusal.write ? [] : [refusal];
      });
    },
    failed: (key, action, error, now) => {
      if (!isRefusable(action) || !isRefusal(error)) return;
      errors.add(error);
      const known = remembered.get(key) ?? new Map<string, Remembered>();
      const [place, write] = [placeOf(action), writeOf(action)];
      for (const [other, { until }] of known) if (now > until + LONGEST_DELAY) known.delete(other);
      const before = known.get(place);
      const delay = before?.write === write ? Math.min(2 * before.delay, LONGEST_DELAY) : FIRST_DELAY;
      known.set(place, { action, message: messageOf(action, error), taken: isTaken(error), until: instant(now + delay), write, delay });
      remembered.set(key, known);
    },
    succeeded: (key, action) => {
      if (isRefusable(action)) remembered.get(key)?.delete(placeOf(action));
    },
    remembers: (error): error is SluiceError => isSluiceError(error) && errors.has(error),
    forget: (key) => void remembered.delete(key),
  };
}

function isRefusal(error: unknown): error is SluiceError {
  return isSluiceError(error, 'spec_invalid') || isSluiceError(error, 'forbidden') || isSluiceError(error, 'already_exists');
}

function isTaken({ details }: SluiceError): boolean {
  return details['taken'] === TAKEN.taken;
}

/** What is written, whatever its content is. */
function placeOf(action: RefusableAction): string {
  switch (action.type) {
    case 'routeTraffic':
      return `route ${action.router}`;
    case 'copyConfig':
      return `${action.kind} ${action.copy}`;
    case 'shareConfigCopy':
      return `${action.kind} ${action.target.name}`;
    case 'createReplicaSet':
    case 'createService':
    case 'createAnalysisRun':
      return `${action.object.kind} ${action.object.metadata.name}`;
    case 'setServicePorts':
      return `Service ${action.target.name}`;
  }
}

function writeOf(action: RefusableAction): string {
  if (action.type !== 'routeTraffic') return JSON.stringify({ ...action, why: undefined });
  const { router, objects, intent } = action;
  return JSON.stringify([router, objects.map(({ kind, ...seen }) => ({ ...seen, kind: kind.kind })), intent]);
}

/** What went wrong and what to do. */
function messageOf(action: RefusableAction, error: SluiceError): string {
  switch (action.type) {
    case 'routeTraffic':
      return `the API server refuses what should be written: ${error.message}; correct the route, the steps or the rights of this controller`;
    case 'copyConfig':
    case 'shareConfigCopy': {
      // What the API server says about a Secret may quote it.
      const why = action.kind === 'Secret' ? error.code : error.message;
      return `${placeOf(action)} cannot be made: ${why}; let the controller write it, or set spec.config.follow to false`;
    }
    case 'createReplicaSet':
      return `${placeOf(action)} cannot be made: ${error.message}; correct the pod template, or what refuses it`;
    case 'createService':
      return `${placeOf(action)} cannot be made: ${error.message}; correct spec.service or the rights of this controller, or make the Service`;
    case 'createAnalysisRun':
      return `${placeOf(action)} cannot be made: ${error.message}; correct the analysis, or what refuses it`;
    case 'setServicePorts':
      return `${placeOf(action)} does not get its ports: ${error.message}; correct spec.service`;
  }
}

/** The observation with a refused write taken into account. */
function amended(observed: ObservedRollout, { action, message, taken, until }: WriteRefusal): ObservedRollout {
  switch (action.type) {
    case 'routeTraffic':
      return { ...observed, traffic: withRouteRefusal(observed.traffic, action.router, message) };
    case 'copyConfig':
    case 'shareConfigCopy':
      return observed.config === undefined ? observed : { ...observed, config: { ...observed.config, refused: { message, until } } };
    case 'createReplicaSet':
    case 'createService':
    case 'createAnalysisRun':
    case 'setServicePorts': {
      const name = action.type === 'setServicePorts' ? action.target.name : action.object.metadata.name;
      return { ...observed, refused: [...(observed.refused ?? []), { type: action.type, name, message, taken }] };
    }
  }
}

/** The observation with all of them. */
export function withRefusals(observed: ObservedRollout, refusals: readonly WriteRefusal[]): ObservedRollout {
  return refusals.reduce(amended, observed);
}

/** The readings, the refused router's as one that cannot be written. */
function withRouteRefusal(readings: readonly RouterReading[], router: string, message: string): readonly RouterReading[] {
  return readings.map((reading) =>
    reading.router === router ? { ...reading, state: { ok: false, reason: 'RouteInvalid', message } } : reading,
  );
}
