import { POD } from '../../api/kinds.ts';
import { type Millis, millis } from '../../api/time.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Cluster, ObjectRef, ResourceKind, WriteOptions } from '../../ports/cluster.ts';
import { SluiceError } from '../../ports/errors.ts';
import { sleep } from '../../ports/sleep.ts';
import { late } from './late-events.ts';

/** `dry-run` is a write that changes nothing: a read, as far as faults are concerned. */
export type PortVerb = 'get' | 'list' | 'watch' | 'dry-run' | 'create' | 'update' | 'apply' | 'patch' | 'remove' | 'evict';

/** One request of the controller, as it leaves its process. Both counters run on over all incarnations. */
export interface PortRequest {
  /** Counts requests from 1. */
  readonly index: number;
  /** Counts writes from 1; absent on reads. */
  readonly writeIndex?: number | undefined;
  readonly verb: PortVerb;
  readonly kind: ResourceKind;
  readonly ref: string;
}

/** What happens to a request on its way. `applied` says whether the server does it before the answer is lost. */
export type PortFault =
  | { readonly type: 'status'; readonly status: 403 | 409 | 422 | 429 | 500; readonly applied: boolean }
  | { readonly type: 'timeout'; readonly applied: boolean }
  | { readonly type: 'crash'; readonly when: 'before' | 'after' }
  | { readonly type: 'delay'; readonly delay: Millis };

/** One life of the controller's process, from its start to its end or to the crash that ends it. */
export interface Incarnation {
  readonly number: number;
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** The same port, whose calls never answer once this incarnation is dead: for every port with effects outside of the cluster. */
  guard<T extends object>(port: T): T;
  alive(): boolean;
  /** Ends it as a fault of type crash does. */
  crash(): void;
  /** Ends it like SIGKILL: no timer fires, no request leaves, no answer arrives any more. */
  kill(): void;
}

/** What never answers. Another one each time: one that all share would hold whoever waits for it, a dead controller with all its caches, for ever. */
function never(): Promise<never> {
  return new Promise<never>(() => {});
}

function errorOf(fault: Extract<PortFault, { type: 'status' | 'timeout' }>, request: PortRequest): SluiceError {
  const what = `${request.verb} ${request.kind.kind} ${request.ref}`;
  if (fault.type === 'timeout') return new SluiceError('timeout', `${what}: no answer in time (injected)`, { details: { injected: true } });
  const details = { status: fault.status, injected: true };
  if (fault.status === 409) {
    return new SluiceError('conflict', `${what}: the object has been modified (injected)`, { details: { ...details, reason: 'Conflict' } });
  }
  if (fault.status === 403) {
    return new SluiceError('forbidden', `${what}: not allowed (injected)`, { details: { ...details, reason: 'Forbidden' } });
  }
  if (fault.status === 422) {
    return new SluiceError('spec_invalid', `${what}: denied by a policy (injected)`, { details: { ...details, reason: 'Invalid' } });
  }
  if (fault.status === 429) {
    return new SluiceError('rate_limited', `${what}: too many requests (injected)`, {
      details,
      retry: { kind: 'after', delay: millis(1000) },
    });
  }
  return new SluiceError('unavailable', `${what}: internal error (injected)`, { details: { ...details, reason: 'InternalError' } });
}

function mortalClock(clock: Clock, death: AbortSignal): Clock {
  const timers = new Set<Timer>();
  death.addEventListener('abort', () => {
    for (const timer of timers) timer.cancel();
    timers.clear();
  });
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    startTimer(delay, fire) {
      if (death.aborted) return { cancel() {} };
      const timer = clock.startTimer(delay, () => {
        timers.delete(timer);
        fire();
      });
      timers.add(timer);
      return {
        cancel() {
          timers.delete(timer);
          timer.cancel();
        },
      };
    },
  };
}

function mortalPort<T extends object>(port: T, death: AbortSignal): T {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        if (death.aborted) return never();
        const answer: unknown = Reflect.apply(member, target, args);
        if (!(answer instanceof Promise)) return answer;
        const orNever = (settle: () => unknown): unknown => (death.aborted ? never() : settle());
        return answer.then(
          (value: unknown) => orNever(() => value),
          (error: unknown) => orNever(() => Promise.reject(error)),
        );
      };
    },
  });
}

interface Wire {
  readonly watchLag: (kind: ResourceKind) => Millis;
  readonly clock: Clock;
  readonly death: AbortController;
  readonly send: (
    verb: PortVerb,
    kind: ResourceKind,
    ref: string,
  ) => { readonly request: PortRequest; readonly fault: PortFault | undefined };
}

type Failure = Extract<PortFault, { type: 'status' | 'timeout' }>;

function failureOf(fault: PortFault | undefined): Failure | undefined {
  return fault?.type === 'status' || fault?.type === 'timeout' ? fault : undefined;
}

/** Passes one request on with its fault; the answer of a dead process never arrives. */
async function transmit<T>(wire: Wire, verb: PortVerb, kind: ResourceKind, ref: string, run: () => Promise<T>): Promise<T> {
  const { death } = wire;
  if (death.signal.aborted) return never();
  const { request, fault } = wire.send(verb, kind, ref);
  if (fault?.type === 'crash' && fault.when === 'before') {
    death.abort();
    return never();
  }
  if (fault?.type === 'delay') await sleep(wire.clock, fault.delay, death.signal);
  const failure = failureOf(fault);
  if (failure?.applied === false) throw errorOf(failure, request);
  const orNever = (settle: () => T | Promise<T>): T | Promise<T> => (death.signal.aborted ? never() : settle());
  return run().then(
    (answer) => {
      if (fault?.type === 'crash') death.abort();
      return orNever(() => (failure === undefined ? answer : Promise.reject(errorOf(failure, request))));
    },
    (error: unknown) => orNever(() => Promise.reject(error)),
  );
}

function refOf(ref: ObjectRef): string {
  return ref.namespace === undefined ? ref.name : `${ref.namespace}/${ref.name}`;
}

function dry(options: WriteOptions | undefined, verb: PortVerb): PortVerb {
  return options?.dryRun === true ? 'dry-run' : verb;
}

function mortalCluster(cluster: Cluster, wire: Wire): Cluster {
  const send = <T>(verb: PortVerb, kind: ResourceKind, ref: string, run: () => Promise<T>): Promise<T> =>
    transmit(wire, verb, kind, ref, run);
  return {
    get: (kind, ref, options) => send('get', kind, refOf(ref), () => cluster.get(kind, ref, options)),
    list: (kind, options) => send('list', kind, options?.namespace ?? '*', () => cluster.list(kind, options)),
    async *watch(kind, options = {}) {
      await send('watch', kind, options.namespace ?? '*', () => Promise.resolve());
      const signal = options.signal === undefined ? wire.death.signal : AbortSignal.any([options.signal, wire.death.signal]);
      const lag = wire.watchLag(kind);
      const events = cluster.watch(kind, { ...options, signal });
      for await (const event of lag > 0 ? late(events, lag, wire.clock, signal) : events) {
        if (wire.death.signal.aborted) break;
        yield event;
      }
      if (wire.death.signal.aborted) await never();
    },
    create: (kind, object, options) =>
      send(dry(options, 'create'), kind, refOf(object.metadata), () => cluster.create(kind, object, options)),
    update: (kind, object, options) =>
      send(dry(options, 'update'), kind, refOf(object.metadata), () => cluster.update(kind, object, options)),
    apply: (kind, object, options) => send(dry(options, 'apply'), kind, refOf(object.metadata), () => cluster.apply(kind, object, options)),
    patch: (kind, ref, patch, options) => send(dry(options, 'patch'), kind, refOf(ref), () => cluster.patch(kind, ref, patch, options)),
    remove: (kind, ref, options) => send('remove', kind, refOf(ref), () => cluster.remove(kind, ref, options)),
    evict: (ref, options) => send('evict', POD, refOf(ref), () => cluster.evict(ref, options)),
    impersonate: (user, groups) => mortalCluster(cluster.impersonate(user, groups), wire),
  };
}

/** A new life of the controller's process over `cluster`; `send` numbers each request and says what happens to it. */
export function createIncarnation(options: {
  readonly number: number;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly send: Wire['send'];
  readonly watchLag: Wire['watchLag'];
  /** Called once when a fault kills it; not after `kill`. */
  readonly onCrash: () => void;
}): Incarnation {
  const death = new AbortController();
  let killed = false;
  const clock = mortalClock(options.clock, death.signal);
  death.signal.addEventListener('abort', () => {
    if (!killed) options.onCrash();
  });
  return {
    number: options.number,
    clock,
    cluster: mortalCluster(options.cluster, { clock, death, send: options.send, watchLag: options.watchLag }),
    guard: (port) => mortalPort(port, death.signal),
    alive: () => !death.signal.aborted,
    crash: () => death.abort(),
    kill() {
      killed = true;
      death.abort();
    },
  };
}
