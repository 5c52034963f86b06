import { once } from 'node:events';
import { connect, createServer, type ListenOptions, type NetConnectOpts, type Server } from 'node:net';

/** Passes every connection that comes in on to another place: a socket in the lab's directory leads through the wall of its network namespace. */
async function relay(from: ListenOptions, to: NetConnectOpts): Promise<Server> {
  const server = createServer((incoming) => {
    const outgoing = connect(to);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
  });
  server.listen(from);
  await once(server, 'listening');
  return server;
}

/** Inside the lab: everything that comes to the socket goes to this port. */
export function relayFromSocket(socket: string, port: number): Promise<Server> {
  return relay({ path: socket }, { host: '127.0.0.1', port });
}

/** Outside: a port of the machine leads to the socket; the wished one, or another where that is taken. Answers the port. */
export async function relayToSocket(wished: number, socket: string): Promise<number> {
  const on = (port: number): Promise<Server> => relay({ host: '127.0.0.1', port }, { path: socket });
  const server = await on(wished).catch(() => on(0));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  return address.port;
}
