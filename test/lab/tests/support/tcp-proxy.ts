import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';

/** A way to the API server that can be taken away. */
export interface TcpProxy {
  readonly port: number;
  /** Ends what is open and refuses what comes, as a network does whose other side is gone. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** How a proxy takes connections. */
export interface ProxyOptions {
  /** An address of its own. */
  readonly host?: string;
  /** Ends the encryption of its clients with this certificate, and speaks TLS to the target as well, whoever that is. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  readonly port?: number;
}

/** Passes bytes on to a port of this machine. */
export async function startTcpProxy(target: number, options: ProxyOptions = {}): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let state: 'open' | 'cut' = 'open';
  const take = (from: Socket): void => {
    if (state === 'cut') {
      from.destroy();
      return;
    }
    const to =
      options.tls === undefined ? connect(target, '127.0.0.1') : connectTls({ port: target, host: '127.0.0.1', rejectUnauthorized: false });
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
  };
  const server = options.tls === undefined ? createServer(take) : createTlsServer(options.tls, take);
  server.on('tlsClientError', () => undefined);
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
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
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
