import { readFile, stat } from 'node:fs/promises';
import { type Millis, millis } from '../api/time.ts';
import type { Clock } from '../ports/clock.ts';

/** How long a file is trusted before it is looked at again; kubelets rotate tokens many minutes before they end. */
const LOOK_AGAIN: Millis = millis(10_000);

interface Held {
  readonly stamp: string;
  readonly content: Buffer;
  readonly lookedAt: Millis;
}

/** Files that rotate on disk (token, CA, client certificate): read again only when their modification time or size changed. */
export interface CredentialFiles {
  read(path: string): Promise<Buffer>;
  /** Looks at every file again at its next read. */
  distrust(): void;
}

/** Credential files with a memory of what they held. */
export function createCredentialFiles(clock: Clock): CredentialFiles {
  const files = new Map<string, Held>();

  return {
    async read(path) {
      const held = files.get(path);
      if (held !== undefined && clock.monotonic() - held.lookedAt < LOOK_AGAIN) return held.content;
      const lookedAt = clock.monotonic();
      const { mtimeMs, size, ino } = await stat(path);
      const stamp = `${mtimeMs}:${size}:${ino}`;
      const content = held?.stamp === stamp ? held.content : await readFile(path);
      files.set(path, { stamp, content, lookedAt });
      return content;
    },
    distrust: () => files.clear(),
  };
}
