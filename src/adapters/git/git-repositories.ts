import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRepositoryUrl } from '../../core/provenance/repository-url.ts';
import { createKeyedLock } from '../../ports/keyed-lock.ts';
import type { Repositories } from '../../ports/repository.ts';
import { createGitCommand, type GitCommandOptions } from './git-command.ts';
import { writeAskpass } from './git-credentials.ts';
import { gitError } from './git-error.ts';
import { createGitRepository } from './git-repository.ts';

function unwritable(directory: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return gitError('Unknown', `the work directory ${directory} cannot be written (${why}); give Sluice a writable one with room`);
}

/** Repositories over the git binary (2.39 or newer): one bare, blobless cache for each URL, work on one URL serialised. */
export function createGitRepositories(options: GitCommandOptions): Repositories {
  const git = createGitCommand(options);
  const lock = createKeyedLock();
  const made = new Set<string>();
  let askpass: Promise<string> | undefined;
  const prepare = async (): Promise<string> => {
    await mkdir(options.workDirectory, { recursive: true, mode: 0o700 });
    // What an earlier process, ended in the middle of a call, could not take away itself.
    const left = (await readdir(options.workDirectory)).filter((name) => name.startsWith('credential-'));
    for (const name of left) await rm(join(options.workDirectory, name), { recursive: true, force: true });
    return writeAskpass(options.workDirectory);
  };
  return {
    open: (access) => {
      const parsed = parseRepositoryUrl(access.url, { allowLocal: options.allowLocal });
      if (!parsed.ok) throw gitError('Invalid', `the repository address cannot be used: ${parsed.problem}`);
      const cache = join(options.workDirectory, `${createHash('sha256').update(access.url).digest('hex').slice(0, 32)}.git`);
      return createGitRepository({
        access,
        git,
        cache,
        made,
        workDirectory: options.workDirectory,
        askpass: () => {
          askpass ??= prepare().catch((error: unknown) => {
            // The next call tries again: a full disk at the start must not stay for ever.
            askpass = undefined;
            throw unwritable(options.workDirectory, error);
          });
          return askpass;
        },
        exclusive: (work) => lock(access.url, work),
      });
    },
  };
}
