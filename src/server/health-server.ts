import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { SluiceError } from '../ports/errors.ts';
import type { Log } from '../ports/log.ts';
import { parseListenAddress } from './listen-address.ts';

/** Nothing wrong, or a line for each thing that is. */
export type Check = () => readonly string[];

export interface HealthServerOptions {
  /** `host:port`, or `off`; two equal addresses share one listener. */
  readonly healthAddress: string;
  readonly metricsAddress: string;
  /** Fails while a worker is stuck for more than twice its deadline: the process should be restarted. */
  readonly isAlive: Check;
  /** Fails until the caches are filled. */
  readonly isReady: Check;
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  readonly log: Log;
}

export interface HealthServer {
  /** What was bound, such as `127.0.0.1:43211` when port 0 was asked for; undefined for `off`. */
  readonly healthAddress: string | undefined;
  readonly metricsAddress: string | undefined;
  /** Answers what has begun, refuses what is new, and resolves when all connections are closed. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

type Route = () => Promise<Answer> | Answer;

const PLAIN = 'text/plain; charset=utf-8';

/** Listens on both addresses: /healthz and /readyz on one, /metrics on the other. Rejects when an address cannot be bound. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const health = new Map<string, Route>([
    ['/healthz', () => checked(options.isAlive)],
    ['/readyz', () => checked(options.isReady)],
  ]);
  const metrics = new Map<string, Route>([
    ['/metrics', async () => ({ status: 200, contentType: options.metrics.contentType, body: await options.metrics.render() })],
  ]);
  if (options.healthAddress === options.metricsAddress) {
    const shared = await listen(options.healthAddress, new Map([...health, ...metrics]), options.log);
    return { healthAddress: shared?.address, metricsAddress: shared?.address, close: async () => shared?.close() };
  }
  const first = await listen(options.healthAddress, health, options.log);
  try {
    const second = await listen(options.metricsAddress, metrics, options.log);
    const close = async (): Promise<void> => void (await Promise.all([first?.close(), second?.close()]));
    return { healthAddress: first?.address, metricsAddress: second?.address, close };
  } catch (error) {
    await first?.close();
    throw error;
  }
}

function checked(check: Check): Answer {
  const problems = check();
  const body = problems.length === 0 ? 'ok\n' : `${problems.join('\n')}\n`;
  return { status: problems.length === 0 ? 200 : 503, contentType: PLAIN, body };
}

interface Listener {
  readonly address: string;
  close(): Promise<void>;
}

async function listen(text: string, routes: ReadonlyMap<string, Route>, log: Log): Promise<Listener | undefined> {
  if (text === 'off') return undefined;
  const address = parseListenAddress(text);
  if (address === undefined) throw new SluiceError('spec_invalid', `"${text}" is no address to listen on; write host:port, :port or off`);
  let isClosing = false;
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5000, keepAliveTimeout: 30_000, maxHeaderSize: 8192 },
    (request, response) => {
      void answerTo(request, routes, log).then((answer) => respond(request, response, answer, isClosing));
    },
  );
  await bind(server, address, text);
  const close = (): Promise<void> => {
    isClosing = true;
    return closeServer(server);
  };
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new SluiceError('invariant', `no TCP address was bound for ${text}`);
  return { address: `${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`, close };
}

function bind(server: Server, address: { host: string | undefined; port: number }, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? 'another process listens there'
          : error.code === 'EACCES'
            ? 'this user may not listen there'
            : error.message;
      reject(new SluiceError('unavailable', `cannot listen on ${text}: ${why}; choose another address`, { cause: error }));
    });
    server.listen({ port: address.port, ...(address.host === undefined ? {} : { host: address.host }) }, () => resolve());
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

/** Writes the answer; while closing it also tells the client that this connection ends, which would stay open as an idle one otherwise. */
function respond(request: IncomingMessage, response: ServerResponse, answer: Answer, isClosing: boolean): void {
  const headers = {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(isClosing ? { connection: 'close' } : {}),
    ...(answer.status === 405 ? { allow: 'GET, HEAD' } : {}),
  };
  response.writeHead(answer.status, headers).end(request.method === 'HEAD' ? undefined : answer.body);
  // A body that nobody reads must not keep the connection open.
  request.resume();
}

async function answerTo(request: IncomingMessage, routes: ReadonlyMap<string, Route>, log: Log): Promise<Answer> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const route = routes.get(path);
  if (route === undefined) return { status: 404, contentType: PLAIN, body: `not found; there is ${[...routes.keys()].join(', ')}\n` };
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, contentType: PLAIN, body: 'only GET and HEAD\n' };
  try {
    return await route();
  } catch (error) {
    log.error('request failed', { path, err: error });
    return { status: 500, contentType: PLAIN, body: 'failed; the log says why\n' };
  }
}
