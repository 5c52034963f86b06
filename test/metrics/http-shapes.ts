import { gzipSync } from 'node:zlib';
import type { Answer } from './scripted-server.ts';

/** What a server that means ill might say about itself; it must come back nowhere. */
export const LEAK = 'SECRET-FROM-SERVER';

/** One way in which an HTTP answer can go wrong, whatever is asked, and the failed reply that it becomes. */
export interface HttpShape {
  readonly shape: string;
  readonly answer: Answer;
  /** Reason, and `retryable` when it is. */
  readonly reply: string;
}

/** An answer with this status and a body that must not be repeated. */
function status(code: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_, response) => response.writeHead(code, headers).end(LEAK);
}

/** An answer with this value as JSON. */
export function json(body: unknown, code = 200): Answer {
  return (_, response) => response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Sends bytes without end until the client hangs up. */
const flood: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(256 * 1024, '{');
  const push = (): void => {
    if (response.destroyed) return;
    if (response.write(chunk)) setImmediate(push);
    else response.once('drain', push);
  };
  push();
};

const drip: Answer = (_, response) => {
  response.writeHead(200);
  const timer = setInterval(() => response.write(' '), 5);
  response.on('close', () => clearInterval(timer));
};

/** Every shape that each source behind HTTP must map alike. */
export const HTTP_SHAPES: readonly HttpShape[] = [
  { shape: '500', answer: status(500), reply: 'http_error retryable' },
  { shape: '503', answer: status(503), reply: 'http_error retryable' },
  { shape: '429', answer: status(429), reply: 'http_error retryable' },
  { shape: '408', answer: status(408), reply: 'http_error retryable' },
  { shape: '404', answer: status(404), reply: 'http_error' },
  { shape: '401', answer: status(401), reply: 'unauthorized retryable' },
  { shape: '403', answer: status(403), reply: 'unauthorized retryable' },
  { shape: 'a redirect', answer: status(302, { location: '/elsewhere' }), reply: 'redirect' },
  { shape: 'a permanent redirect', answer: status(308, { location: '/elsewhere' }), reply: 'redirect' },
  { shape: 'no answer', answer: () => undefined, reply: 'timeout retryable' },
  { shape: 'a slow drip', answer: drip, reply: 'timeout retryable' },
  { shape: 'an endless body', answer: flood, reply: 'too_large' },
  {
    shape: 'a compressed flood',
    answer: (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * 1024 * 1024))),
    reply: 'too_large',
  },
  {
    shape: 'a connection cut in the body',
    answer: (_, response) => {
      response.writeHead(200, { 'content-length': '99' }).write('{');
      response.destroy();
    },
    reply: 'unreachable retryable',
  },
  {
    shape: 'bytes that are no HTTP',
    answer: (request) => {
      request.socket.end(`${LEAK}\r\n\r\n`);
    },
    reply: 'unreachable retryable',
  },
];
