import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { ADMIN_TOKEN } from './addresses.ts';

/** What a part on a loaded machine may take to answer. */
const LONGEST = 120_000;
const LOOK_EVERY = 50;

/** Waits until the address answers 200. `check` may throw to end the wait. */
export async function waitForAnswer(address: string, check: () => void): Promise<void> {
  // The authority of a certificate that is being made cannot be known yet; all of it is on loopback.
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  const until = performance.now() + LONGEST;
  try {
    for (;;) {
      check();
      const status = await request(address, { dispatcher, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }).then(
        async (reply) => {
          await reply.body.dump();
          return String(reply.statusCode);
        },
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (status === '200') return;
      if (performance.now() > until) throw new Error(`${address} did not answer within ${LONGEST / 1000} s, last: ${status}`);
      await delay(LOOK_EVERY);
    }
  } finally {
    await dispatcher.destroy();
  }
}
