import type { Dispatcher } from 'undici';
import { type Millis, millis } from '../api/time.ts';
import type { Clock } from '../ports/clock.ts';
import { SluiceError } from '../ports/errors.ts';
import { type Agents, createAgents } from './agents.ts';
import type { ApiEndpoint } from './api-endpoint.ts';
import { type Headers, withHeaders } from './impersonation.ts';
import { cancelledError, transportError } from './transport-errors.ts';

/** A list page of 500 large objects stays far below this; anything above is not an answer to hold in memory. */
const LARGEST_REPLY = 256 * 1024 * 1024;

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path with query, below the server's own prefix. */
  readonly path: string;
  readonly headers?: Headers | undefined;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TransportReply {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

export interface TransportStream {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Gives the connection up. */
  cancel(): void;
}

/** HTTP to one API server. Rejects with `unavailable` or `timeout` when there is no reply; whatever status a reply has is the caller's to judge. */
export interface Transport {
  readonly clock: Clock;
  /** One request and its whole reply, within the request timeout. */
  send(request: TransportRequest): Promise<TransportReply>;
  /** One request whose reply never needs to end; the request timeout holds until the reply begins. */
  open(request: TransportRequest): Promise<TransportStream>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly endpoint: ApiEndpoint;
  readonly clock: Clock;
  readonly userAgent: string;
  /** From asking for credentials to the last byte of a unary reply; 0 waits without end. 30 s when absent. */
  readonly requestTimeout?: Millis | undefined;
}

interface Deadline {
  readonly signal: AbortSignal;
  /** What an aborted call has to throw, or undefined when it was not aborted. */
  reason(): SluiceError | undefined;
  /** Ends the time limit; the caller's signal still counts. */
  stopTimer(): void;
  release(): void;
}

function startDeadline(clock: Clock, timeout: Millis, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let reason: SluiceError | undefined;
  const end = (why: SluiceError): void => {
    reason ??= why;
    controller.abort(reason);
  };
  const cancel = (): void => end(cancelledError());
  const late = (): void => end(new SluiceError('timeout', `the API server did not answer within ${timeout / 1000} s`));
  const timer = timeout === 0 ? undefined : clock.startTimer(timeout, late);
  if (outer?.aborted === true) cancel();
  outer?.addEventListener('abort', cancel, { once: true });
  return {
    signal: controller.signal,
    reason: () => reason,
    stopTimer: () => timer?.cancel(),
    release() {
      timer?.cancel();
      outer?.removeEventListener('abort', cancel);
    },
  };
}

/** Settles as `work` does, or rejects as soon as the signal aborts: credentials may come from a plugin that hangs. */
function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST_REPLY) throw new SluiceError('unavailable', `the API server sent more than ${LARGEST_REPLY} bytes in one reply`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function header(reply: Dispatcher.ResponseData, name: string): string | undefined {
  const value = reply.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

type Dispatch = (request: TransportRequest, pool: 'unary' | 'watch', signal: AbortSignal) => Promise<Dispatcher.ResponseData>;

function createDispatch(options: TransportOptions, agents: Agents): Dispatch {
  const { endpoint, userAgent } = options;
  const base = new URL(endpoint.server);
  const prefix = base.pathname.replace(/\/+$/, '');
  return async (request, pool, signal) => {
    const credentials = await within(endpoint.credentials(), signal);
    const wanted = withHeaders(credentials.headers, request.headers ?? {});
    const headers: Record<string, string | string[]> = { 'user-agent': userAgent, accept: 'application/json' };
    for (const [name, value] of Object.entries(wanted)) headers[name] = typeof value === 'string' ? value : [...value];
    const reply = await agents[pool](credentials).request({
      origin: base.origin,
      path: `${prefix}${request.path}`,
      method: request.method,
      headers,
      body: request.body ?? null,
      signal,
    });
    if (reply.statusCode === 401) endpoint.rejected();
    return reply;
  };
}

/** A transport to `endpoint` over two long-lived connection pools. */
export function createTransport(options: TransportOptions): Transport {
  const { endpoint, clock } = options;
  const timeout = options.requestTimeout ?? millis(30_000);
  const server = new URL(endpoint.server).host;
  const agents = createAgents(endpoint.proxyUrl, timeout);
  const dispatch = createDispatch(options, agents);
  return {
    clock,
    async send(request) {
      const deadline = startDeadline(clock, timeout, request.signal);
      try {
        const reply = await dispatch(request, 'unary', deadline.signal);
        return { status: reply.statusCode, retryAfter: header(reply, 'retry-after'), text: await readText(reply.body) };
      } catch (error) {
        throw deadline.reason() ?? transportError(error, server);
      } finally {
        deadline.release();
      }
    },
    async open(request) {
      const deadline = startDeadline(clock, timeout, request.signal);
      try {
        const reply = await dispatch(request, 'watch', deadline.signal);
        deadline.stopTimer();
        // An aborted body that nobody reads any more must not become an unhandled error.
        reply.body.on('error', () => undefined);
        reply.body.once('close', () => deadline.release());
        const chunks = guarded(reply.body, deadline, server);
        return { status: reply.statusCode, retryAfter: header(reply, 'retry-after'), chunks, cancel: () => void reply.body.destroy() };
      } catch (error) {
        deadline.release();
        throw deadline.reason() ?? transportError(error, server);
      }
    },
    close: () => agents.close(),
  };
}

async function* guarded(body: AsyncIterable<Uint8Array>, deadline: Deadline, server: string): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw deadline.reason() ?? transportError(error, server);
  } finally {
    deadline.release();
  }
}
