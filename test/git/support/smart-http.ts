import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { basename, dirname } from 'node:path';

export interface SmartHttpOptions {
  readonly directory: string;
  /** Basic auth that is asked for; none when absent. */
  readonly user?: { readonly name: string; readonly password: string };
  /** Looks at each request first; true means that it has answered (or hangs) itself. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Cuts the connection instead of sending the reply of a push that was carried out. */
  readonly loseReplyOf?: (request: IncomingMessage) => boolean;
  /** A free one when absent. */
  readonly port?: number;
  /** Serves HTTPS with this certificate; plain HTTP when absent. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
}

export interface SmartHttp {
  readonly url: string;
  readonly requests: readonly string[];
  close(): Promise<void>;
}

function authorized(request: IncomingMessage, user: SmartHttpOptions['user']): boolean {
  if (user === undefined) return true;
  return request.headers.authorization === `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
}

/** Bridges one request to `git http-backend`, as a web server's CGI module does. */
function runBackend(request: IncomingMessage, response: ServerResponse, options: SmartHttpOptions): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_PROJECT_ROOT: dirname(options.directory),
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
      ...(options.user === undefined ? {} : { REMOTE_USER: options.user.name }),
      ...(request.headers['content-encoding'] === undefined ? {} : { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }),
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(child.stdin);
  child.stdin.on('error', () => {});
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.on('close', () => {
    if (options.loseReplyOf?.(request) === true) {
      request.socket.destroy();
      return;
    }
    const output = Buffer.concat(chunks);
    const split = output.indexOf('\r\n\r\n');
    const headers = output.toString('latin1', 0, split).split('\r\n');
    for (const header of headers) {
      const [name = '', ...rest] = header.split(': ');
      if (name === 'Status') response.statusCode = Number.parseInt(rest.join(': '), 10);
      else if (name !== '') response.setHeader(name, rest.join(': '));
    }
    response.end(output.subarray(split + 4));
  });
}

/** Serves one bare repository over smart HTTP on loopback. */
export async function serveSmartHttp(options: SmartHttpOptions): Promise<SmartHttp> {
  const requests: string[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(`${request.method} ${request.url}`);
    if (options.intercept?.(request, response) === true) return;
    if (!authorized(request, options.user)) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end('no');
      return;
    }
    runBackend(request, response, options);
  };
  const server = options.tls === undefined ? createServer(answer) : createTlsServer(options.tls, answer);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/${basename(options.directory)}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
