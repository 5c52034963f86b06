import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (received: Received, response: ServerResponse) => void;

export interface FaultServer {
  readonly url: string;
  readonly received: Received[];
  /** Answers in order; the last one is repeated. */
  answers: Answer[];
  /** TCP connections that were ever opened. */
  connections(): number;
  close(): Promise<void>;
}

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_received, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

/** A Status as the API server refuses with. */
export function status(
  code: number,
  reason: string,
  message: string,
  details?: unknown,
  headers?: Readonly<Record<string, string>>,
): Answer {
  return json(
    code,
    { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, ...(details === undefined ? {} : { details }) },
    headers,
  );
}

/** Cuts the connection: before any byte of the answer, or in the middle of its body. */
export function reset(when: 'before' | 'inside'): Answer {
  return (_received, response) => {
    if (when === 'before') {
      response.socket?.destroy();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"apiVersion":"v1","kind":', () => response.socket?.destroy());
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  return body;
}

/** An HTTP server on loopback that answers what the test says. */
export async function startFaultServer(...answers: Answer[]): Promise<FaultServer> {
  let connections = 0;
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
      received.push(one);
      const answer = fault.answers.length > 1 ? fault.answers.shift() : fault.answers[0];
      answer?.(one, response);
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fault server has no port');
  const fault: FaultServer = {
    url: `http://127.0.0.1:${address.port}`,
    received,
    answers,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return fault;
}
