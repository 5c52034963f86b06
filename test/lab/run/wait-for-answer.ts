import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { ADMIN_TOKEN } from './addresses.ts';

/** What a part on a loaded machine may take to answer. */
const LONGEST = 120_000;
const LOOK_EVERY = 50;

async function askHttp(address: string, dispatcher: Agent): Promise<string> {
  try {
    const reply = await request(address, { dispatcher, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    await reply.body.dump();
    return String(reply.statusCode);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether a port takes connections; anything but 200 is why not. */
async function askPort(address: string): Promise<string> {
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, 'connect');
    return '200';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    socket.destroy();
  }
}

/** Waits until the address answers 200, or takes a connection (`tcp:`). `check` may throw to end the wait. */
export async function waitForAnswer(address: string, check: () => void): Promise<void> {
  // The authority of a certificate that is being made cannot be known yet; all of it is on loopback.
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  const until = performance.now() + LONGEST;
  try {
    for (;;) {
      check();
      const status = await (address.startsWith('tcp:') ? askPort(address) : askHttp(address, dispatcher));
      if (status === '200') return;
      if (performance.now() > until) throw new Error(`${address} did not answer within ${LONGEST / 1000} s, last: ${status}`);
      await delay(LOOK_EVERY);
    }
  } finally {
    await dispatcher.destroy();
  }
}
