import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { millis } from '../../api/time.ts';
import { wholeUnits } from '../../core/identity/quantity.ts';
import { parseRepositoryUrl } from '../../core/provenance/repository-url.ts';
import { createKeyedLock } from '../../ports/keyed-lock.ts';
import type { Repositories } from '../../ports/repository.ts';
import { createGitCommand, type GitCommandOptions } from './git-command.ts';
import { writeAskpass } from './git-credentials.ts';
import { gitError } from './git-error.ts';
import { createGitRepository } from './git-repository.ts';
import { createTidier, noteUse } from './tidy-caches.ts';

function unwritable(directory: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return gitError('Unknown', `the work directory ${directory} cannot be written (${why}); give Sluice a writable one with room`);
}

export interface GitRepositoriesOptions extends GitCommandOptions {
  /** Room for all clones together, as a Kubernetes quantity. */
  readonly cacheSize: string;
}

/** A clone that was used by nobody for a day is of an address that nobody names any more; one used within ten minutes is in use. */
const UNUSED_FOR = millis(86_400_000);
const KEPT_FOR = millis(600_000);

/** What the clones may take of their room: an emptyDir that is full takes the Pod with it. Bytes. */
function cacheBytes(size: string): number {
  return ((wholeUnits(size) ?? 0) * 3) / 4;
}

/** Makes the directory, and answers the askpass program in it. */
async function prepare(workDirectory: string): Promise<string> {
  await mkdir(workDirectory, { recursive: true, mode: 0o700 });
  // What an earlier process, ended in the middle of a call, could not take away itself.
  const left = (await readdir(workDirectory)).filter((name) => name.startsWith('credential-'));
  for (const name of left) await rm(join(workDirectory, name), { recursive: true, force: true });
  return writeAskpass(workDirectory);
}

/** Repositories over the git binary (2.39 or newer): one bare, blobless cache for each URL, work on one URL serialised; caches that nobody uses are taken away. */
export function createGitRepositories(options: GitRepositoriesOptions): Repositories {
  const git = createGitCommand(options);
  const lock = createKeyedLock();
  const made = new Set<string>();
  const { workDirectory, clock } = options;
  const tidier = createTidier({
    workDirectory,
    limits: { unusedFor: UNUSED_FOR, keptFor: KEPT_FOR, bytes: cacheBytes(options.cacheSize) },
    clock,
    lock,
    removed: (name) => made.delete(join(workDirectory, name)),
  });
  let askpass: Promise<string> | undefined;
  return {
    open: (access) => {
      const parsed = parseRepositoryUrl(access.url, { allowLocal: options.allowLocal });
      if (!parsed.ok) throw gitError('Invalid', `the repository address cannot be used: ${parsed.problem}`);
      const name = `${createHash('sha256').update(access.url).digest('hex').slice(0, 32)}.git`;
      const cache = join(workDirectory, name);
      return createGitRepository({
        access,
        git,
        cache,
        made,
        workDirectory,
        askpass: () => {
          askpass ??= prepare(workDirectory).catch((error: unknown) => {
            // The next call tries again: a full disk at the start must not stay for ever.
            askpass = undefined;
            throw unwritable(workDirectory, error);
          });
          return askpass;
        },
        exclusive: (work) => {
          void tidier.look();
          return lock(name, async () => {
            try {
              return await work();
            } finally {
              await noteUse(cache, clock);
            }
          });
        },
      });
    },
  };
}
