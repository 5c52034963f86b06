import { createHash } from 'node:crypto';

/** hash(uid, revision, bad commit): one restore commit each, and its `Sluice-Revert-Id` trailer. 32 hexadecimal characters. */
export function restoreId(rolloutUid: string, podTemplateHash: string, badCommit: string): string {
  return createHash('sha256').update(`${rolloutUid}\n${podTemplateHash}\n${badCommit}`).digest('hex').slice(0, 32);
}
