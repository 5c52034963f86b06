import type { Clock } from '../../ports/clock.ts';
import { SluiceError } from '../../ports/errors.ts';
import { apiError } from './api-error.ts';
import type { Authorize, Fault, SimRequest, SimUser } from './sim-types.ts';

/** One client process. What it impersonates dies with it. */
export interface ClientProcess {
  dead: boolean;
}

export interface Caller {
  readonly process: ClientProcess;
  readonly user: SimUser;
  readonly impersonator?: SimUser;
  readonly impersonatedGroups?: readonly string[];
}

export type RequestInfo = Omit<SimRequest, 'sequence' | 'user' | 'impersonator' | 'impersonatedGroups'>;

export interface Pipeline {
  /** Runs one request through faults and authorization; `act` is synchronous, so that a write is one step of the world. */
  perform<T>(caller: Caller, info: RequestInfo, signal: AbortSignal | undefined, act: (request: SimRequest) => T): Promise<T>;
  onRequest(hook: (request: SimRequest) => Fault | undefined): void;
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

/** What a call throws whose caller gave up. */
function cancelled(): SluiceError {
  return new SluiceError('unavailable', 'the request was cancelled', { details: { cancelled: true } });
}

function wait(clock: Clock, delay: Fault & { readonly kind: 'delay' }, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel();
      reject(cancelled());
    };
    const timer = clock.startTimer(delay.delay, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function refusal(request: SimRequest, text: string): Error {
  return apiError(403, 'Forbidden', text, {
    group: request.kind.group,
    kind: request.kind.plural,
    ...(request.name === undefined ? {} : { name: request.name }),
  });
}

type Act<T> = (request: SimRequest) => T;

/** Does what a request asks for although nobody will hear the answer. */
function applyUnheard(request: SimRequest, handle: Act<unknown>): void {
  try {
    handle(request);
  } catch {
    // The client sees the injected fault, whatever the server made of the request.
  }
}

function failWith(fault: Fault & { readonly kind: 'fail' }, request: SimRequest, handle: Act<unknown>): never {
  if (fault.applied) applyUnheard(request, handle);
  const retry = fault.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: fault.retryAfterSeconds };
  throw apiError(fault.status, fault.reason, fault.message, retry);
}

/**
 * So many requests at one instant of a clock that stands still mean that somebody works in a circle without waiting. Refused like this the circle takes time,
 * and ends in a bound on writes instead of never.
 */
const MOST_AT_ONE_INSTANT = 20_000;

/** The way of every request into the server. */
export function createPipeline(clock: Clock, authorize: Authorize | undefined): Pipeline {
  const hooks: ((request: SimRequest) => Fault | undefined)[] = [];
  let sequence = 0;
  let instant = clock.now();
  let atThisInstant = 0;

  const assertTimeGoesOn = (): void => {
    const now = clock.now();
    atThisInstant = now === instant ? atThisInstant + 1 : 1;
    instant = now;
    if (atThisInstant <= MOST_AT_ONE_INSTANT) return;
    throw apiError(429, 'TooManyRequests', `more than ${MOST_AT_ONE_INSTANT} requests at one instant`, { retryAfterSeconds: 1 });
  };

  const faultFor = (request: SimRequest): Fault | undefined => {
    for (const hook of hooks) {
      const fault = hook(request);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };

  return {
    onRequest: (hook) => void hooks.push(hook),
    async perform(caller, info, signal, act) {
      if (caller.process.dead) return never();
      if (signal?.aborted === true) throw cancelled();
      assertTimeGoesOn();
      sequence += 1;
      const { process, ...identity } = caller;
      const request: SimRequest = { ...info, ...identity, sequence };
      const handle: typeof act = (asked) => {
        const refused = authorize?.(asked);
        if (refused !== undefined) throw refusal(asked, refused);
        return act(asked);
      };
      const fault = faultFor(request);
      if (fault?.kind === 'fail') failWith(fault, request, handle);
      if (fault?.kind === 'crash') {
        process.dead = true;
        if (fault.when === 'after') applyUnheard(request, handle);
        return never();
      }
      if (fault?.kind === 'delay') await wait(clock, fault, signal);
      // Even a prompt server answers in a later microtask.
      await Promise.resolve();
      if (process.dead) return never();
      const result = handle(request);
      await Promise.resolve();
      return caller.process.dead ? never() : result;
    },
  };
}
