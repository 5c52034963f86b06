import { SECRET } from '../../api/kinds.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { isSluiceError } from '../../ports/errors.ts';
import type { SecretData } from './repository-credential.ts';
import { secretData } from './secret-data.ts';

/** Reads Secrets of one namespace, Sluice's own; undefined when there is none of that name. The values cannot be printed. */
export function createSecretReader(cluster: Cluster, namespace: string): (name: string) => Promise<SecretData | undefined> {
  return async (name) => secretData(await readable(cluster.get(SECRET, { namespace, name })));
}

/** A Secret that may not be read is as good as none: who asks says so in a condition instead of trying for ever. */
async function readable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isSluiceError(error, 'forbidden')) return undefined;
    throw error;
  }
}
