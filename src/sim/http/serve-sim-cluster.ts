import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { apiError } from '../cluster/api-error.ts';
import type { ApiServer } from '../cluster/api-server.ts';
import { impersonatedUser } from '../cluster/impersonated-user.ts';
import type { Caller, ClientProcess } from '../cluster/pipeline.ts';
import { apiServerOf, type SimCluster, type SimUser } from '../cluster/sim-cluster.ts';
import { parseApiPath } from './api-path.ts';
import { discoveryAnswer } from './discovery.ts';
import { type Exchange, kindOf, sendJson } from './exchange.ts';
import { handleResource } from './handlers.ts';
import { retryAfterOf, statusOf } from './status-body.ts';

export interface ServeOptions {
  readonly cluster: SimCluster;
  /** Users by bearer token. */
  readonly users: Readonly<Record<string, SimUser>>;
  /** 0 takes a free one. */
  readonly port: number;
  /** Loopback unless someone insists. */
  readonly host?: string | undefined;
}

export interface SimFront {
  readonly url: string;
  /** The address that carries a token in its path: kubectl and client-go send no Authorization header over plain HTTP. */
  urlFor(token: string): string;
  /** Ends every watch and connection. */
  close(): Promise<void>;
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

interface Address {
  readonly url: URL;
  readonly token: string | undefined;
}

/** Takes the token out of `/as/<token>/api/...`. */
function addressOf(request: IncomingMessage): Address {
  const url = new URL(request.url ?? '/', 'http://simulated');
  const match = /^\/as\/([^/]+)(\/.*)?$/u.exec(url.pathname);
  if (match?.[1] === undefined) return { url, token: /^Bearer\s+(\S+)$/u.exec(request.headers.authorization ?? '')?.[1] };
  url.pathname = match[2] ?? '/';
  return { url, token: decodeURIComponent(match[1]) };
}

/** Who sends a request: the token's user, or the one it impersonates. */
function callerOf(
  request: IncomingMessage,
  token: string | undefined,
  users: Readonly<Record<string, SimUser>>,
  process: ClientProcess,
): Caller {
  const user = token !== undefined && Object.hasOwn(users, token) ? users[token] : undefined;
  if (user === undefined) throw apiError(401, 'Unauthorized', 'Unauthorized');
  const name = header(request, 'impersonate-user');
  const groups = request.headersDistinct['impersonate-group'] ?? [];
  if (name === undefined && groups.length === 0) return { process, user };
  if (name === undefined || name === '') {
    throw apiError(400, 'BadRequest', 'requested groups without impersonating a user: send Impersonate-User as well');
  }
  return {
    process,
    user: impersonatedUser(name, groups),
    impersonator: user,
    impersonatedGroups: groups,
  };
}

/** The process behind one connection: a crash fault cuts it, so that no client waits for an answer that cannot come. */
function connectionProcess(response: ServerResponse): ClientProcess {
  let dead = false;
  return {
    get dead() {
      return dead;
    },
    set dead(value) {
      dead = value;
      if (value) response.destroy();
    },
  };
}

async function answer(server: ApiServer, users: ServeOptions['users'], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort(new Error('the client closed the connection')));
  const { url, token } = addressOf(request);
  const caller = callerOf(request, token, users, connectionProcess(response));
  const discovery = request.method === 'GET' ? discoveryAnswer(url.pathname, server.registry.all()) : undefined;
  if (discovery !== undefined) return sendJson(response, 200, discovery);
  const path = parseApiPath(url.pathname);
  if (path === undefined) throw apiError(404, 'NotFound', 'the server could not find the requested resource');
  const resource = server.registry.resolve(kindOf(path));
  const ref = { name: path.name ?? '', namespace: path.namespace };
  const exchange: Exchange = { server, caller, request, response, query: url.searchParams, path, resource, ref, signal: gone.signal };
  await handleResource(exchange);
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { code, body } = statusOf(error);
  const seconds = retryAfterOf(body);
  sendJson(response, code, body, seconds === undefined ? {} : { 'retry-after': String(seconds) });
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server listens on no port'));
      else resolve(address.port);
    });
  });
}

/** Serves a simulated cluster over plain HTTP, for kubectl and for clients under test. */
export async function serveSimCluster(options: ServeOptions): Promise<SimFront> {
  const { host = '127.0.0.1' } = options;
  const api = apiServerOf(options.cluster);
  const server = createServer((request, response) => {
    answer(api, options.users, request, response).catch((error: unknown) => refuse(response, error));
  });
  server.keepAliveTimeout = 30_000;
  const port = await listen(server, options.port, host);
  return {
    url: `http://${host}:${port}`,
    urlFor: (token) => `http://${host}:${port}/as/${encodeURIComponent(token)}`,
    close() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
