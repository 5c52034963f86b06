import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One Pod's container as a real HTTP server on loopback: it answers requests and serves `/metrics`. */
export interface PodServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Which share of its answers fails, in [0, 1]: spread evenly, so that a demo tells the same story every time. */
export interface PodServerOptions {
  readonly errorRate: number;
}

/** Starts a Pod's server on a free loopback port. */
export async function startPodServer(options: PodServerOptions): Promise<PodServer> {
  const counts = new Map<string, number>([
    ['200', 0],
    ['500', 0],
  ]);
  let owed = 0;
  const server = createServer((request, response) => {
    if (request.url === '/metrics') {
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(metricsText(counts));
      return;
    }
    owed += options.errorRate;
    const code = owed >= 1 ? 500 : 200;
    if (code === 500) owed -= 1;
    counts.set(String(code), (counts.get(String(code)) ?? 0) + 1);
    response.writeHead(code).end(code === 200 ? 'ok\n' : 'payment provider timed out\n');
  });
  await listen(server);
  return { port: portOf(server), close: () => closeServer(server) };
}

function metricsText(counts: ReadonlyMap<string, number>): string {
  const rows = [...counts].map(([code, count]) => `http_requests_total{code="${code}"} ${count}`);
  return ['# TYPE http_requests_total counter', ...rows, ''].join('\n');
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve());
  });
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
