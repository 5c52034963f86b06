import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `look` answers something; fails with `what` after the limit, and with what `instead` says was found. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  seconds = 30,
  instead: () => unknown = () => '',
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}; instead: ${JSON.stringify(await instead())}`);
    await delay(50);
  }
}
