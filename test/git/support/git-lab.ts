import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGitRepositories } from '../../../src/adapters/git/git-repositories.ts';
import { millis } from '../../../src/api/time.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Repositories } from '../../../src/ports/repository.ts';
import { realClock } from './real-clock.ts';

export interface GitLab {
  readonly workDirectory: string;
  readonly repositories: Repositories;
  remove(): void;
}

/** The git adapter in a temporary directory, with local addresses allowed. */
export function createGitLab(
  options: { readonly deadline?: number; readonly allowLocal?: boolean; readonly clock?: Clock; readonly cacheSize?: string } = {},
): GitLab {
  const workDirectory = mkdtempSync(join(tmpdir(), 'sluice-cache-'));
  const repositories = createGitRepositories({
    clock: options.clock ?? realClock,
    cacheSize: options.cacheSize ?? '2Gi',
    workDirectory,
    deadline: millis(options.deadline ?? 20_000),
    outputLimit: 32 * 1024 * 1024,
    allowLocal: options.allowLocal ?? true,
    environment: process.env,
  });
  return { workDirectory, repositories, remove: () => rmSync(workDirectory, { recursive: true, force: true }) };
}
