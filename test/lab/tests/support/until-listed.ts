import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster, ResourceKind } from '../../../../src/ports/cluster.ts';
import { isSluiceError } from '../../../../src/ports/errors.ts';

const MOST_TRIES = 100;

/** Established is said of a definition before every handler follows; a list of the kind that works is the proof. */
export async function untilListed(cluster: Cluster, kinds: readonly ResourceKind[]): Promise<void> {
  for (const kind of kinds) {
    for (let tries = 0; ; tries += 1) {
      try {
        await cluster.list(kind, { limit: 1 });
        break;
      } catch (error) {
        if (tries > MOST_TRIES || !(isSluiceError(error, 'not_found') || isSluiceError(error, 'rate_limited'))) throw error;
        await delay(100);
      }
    }
  }
}
