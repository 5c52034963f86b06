import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A way to the API server that can be taken away. */
export interface TcpProxy {
  readonly port: number;
  /** Ends what is open and refuses what comes, as a network does whose other side is gone. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Passes bytes on to a port of this machine. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let state: 'open' | 'cut' = 'open';
  const server = createServer((from) => {
    if (state === 'cut') {
      from.destroy();
      return;
    }
    const to = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(socket);
      socket.on('data', (chunk) => other.write(chunk));
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const destroyAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: address.port,
    cut() {
      state = 'cut';
      destroyAll();
    },
    mend() {
      state = 'open';
    },
    async close() {
      destroyAll();
      server.close();
      await once(server, 'close');
    },
  };
}
