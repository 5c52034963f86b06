import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { instant, millis } from '../../api/time.ts';
import { type CacheLimits, cachesToRemove, type RepositoryCache } from '../../core/git-cache/caches-to-remove.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KeyedLock } from '../../ports/keyed-lock.ts';

const CACHE = /^[0-9a-f]{32}\.git$/;
/** A clone on its way out: renamed first, so that a process that ends in the middle never leaves half of one behind as a whole. */
const GOING = '.going';
const LOOK_EVERY = millis(600_000);

export interface TidyOptions {
  readonly workDirectory: string;
  readonly limits: CacheLimits;
  readonly clock: Clock;
  /** Held, by the name of a cache, by whoever works in it. */
  readonly lock: KeyedLock;
  /** Told of each that is gone. */
  readonly removed: (name: string) => void;
}

/** Bytes of the files below a directory; what goes away while it is counted does not count. */
async function sizeOf(directory: string): Promise<number> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const file of files) {
    if (file.isFile()) bytes += (await stat(join(file.parentPath, file.name)).catch(() => ({ size: 0 }))).size;
  }
  return bytes;
}

/** Undefined when it is not there. */
async function lastUse(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => Math.floor(found.mtimeMs),
    () => undefined,
  );
}

async function readCaches({ workDirectory }: TidyOptions): Promise<readonly RepositoryCache[]> {
  const caches: RepositoryCache[] = [];
  for (const name of (await readdir(workDirectory).catch(() => [])).filter((one) => CACHE.test(one))) {
    const used = await lastUse(join(workDirectory, name));
    if (used !== undefined) caches.push({ name, usedAt: instant(used), bytes: await sizeOf(join(workDirectory, name)) });
  }
  return caches;
}

/** Under its lock, and only when nobody has used it since it was looked at. */
async function removeCache({ workDirectory, lock, removed }: TidyOptions, { name, usedAt }: RepositoryCache): Promise<void> {
  await lock(name, async () => {
    const path = join(workDirectory, name);
    if ((await lastUse(path)) !== usedAt) return;
    await rename(path, `${path}${GOING}`);
    removed(name);
    await rm(`${path}${GOING}`, { recursive: true, force: true });
  });
}

async function tidy(options: TidyOptions): Promise<void> {
  const left = (await readdir(options.workDirectory).catch(() => [])).filter((name) => name.endsWith(GOING));
  for (const name of left) await rm(join(options.workDirectory, name), { recursive: true, force: true });
  const caches = await readCaches(options);
  const going = new Set(cachesToRemove(caches, options.limits, options.clock.now()));
  // One that is in use keeps no other waiting.
  await Promise.all(caches.filter(({ name }) => going.has(name)).map((cache) => removeCache(options, cache)));
}

/** Notes that a cache is used now; one that is not there yet is noted once it is. */
export async function noteUse(path: string, clock: Clock): Promise<void> {
  const seconds = clock.now() / 1000;
  await utimes(path, seconds, seconds).catch(() => {});
}

/**
 * Takes away clones that nobody uses and those beyond the limit, every ten minutes while somebody asks for a repository. What cannot be taken away
 * is tried again the next time.
 */
export function createTidier(options: TidyOptions): { readonly look: () => Promise<void> } {
  let next = Number.NEGATIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();
  return {
    look: () => {
      const now = options.clock.monotonic();
      if (now >= next) {
        next = now + LOOK_EVERY;
        running = running.then(() => tidy(options)).catch(() => {});
      }
      return running;
    },
  };
}
