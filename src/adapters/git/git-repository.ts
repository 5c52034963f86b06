import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isBranchName, isObjectId, isTreePath } from '../../core/provenance/git-names.ts';
import {
  type GitCallOptions,
  type LogQuery,
  type PushOutcome,
  type PushRequest,
  type Repository,
  type RepositoryAccess,
  repositoryFailure,
  type Trailer,
  type TreeEntry,
} from '../../ports/repository.ts';
import { buildCommit } from './build-commit.ts';
import { type GitCall, type GitCommand, showOutput } from './git-command.ts';
import { lendCredential } from './git-credentials.ts';
import { classifyStderr, gitError, showForeign } from './git-error.ts';
import { LOG_FORMAT, parseBatch, parseLog, parseTree } from './parse-output.ts';
import { pushCommit } from './push-commit.ts';

export interface GitRepositoryOptions {
  readonly access: RepositoryAccess;
  readonly git: GitCommand;
  /** The bare repository of this URL. */
  readonly cache: string;
  /** Caches that this process has made or completed: an earlier one may have ended in the middle of it. */
  readonly made: Set<string>;
  readonly workDirectory: string;
  readonly askpass: () => Promise<string>;
  readonly exclusive: <T>(work: () => Promise<T>) => Promise<T>;
}

type LocalCall = GitCall & { readonly gitDirectory: string };

/** Packs after which the cache is made anew: nothing collects garbage in it. */
const PACK_LIMIT = 300;
const PROMISOR = ['remote.origin.promisor=true', 'remote.origin.partialclonefilter=blob:none'];

function checked(kind: string, text: string, valid: (text: string) => boolean): string {
  if (!valid(text)) throw gitError('Invalid', `${kind} ${JSON.stringify(showForeign(text, 80))} cannot be used`);
  return text;
}

const oidOf = (text: string): string => checked('the object id', text, isObjectId);
const branchOf = (text: string): string => checked('the branch name', text, isBranchName);

function localRef(branch: string): string {
  return `refs/sluice/${createHash('sha256').update(branch).digest('hex').slice(0, 16)}`;
}

/** Runs `work` with the credential lent for just this call. */
async function withRemote<T>(
  options: GitRepositoryOptions,
  call: GitCallOptions | undefined,
  work: (call: LocalCall) => Promise<T>,
): Promise<T> {
  const { access } = options;
  const lent = await lendCredential(access.credential, options.workDirectory, await options.askpass());
  const secrets = access.credential.type === 'basic' ? [access.credential.password] : [];
  try {
    return await work({ ...call, gitDirectory: options.cache, env: lent.env, config: [`remote.origin.url=${access.url}`], secrets });
  } finally {
    await lent.release();
  }
}

/** The cache, made when it is not there; locks that an ended process left behind are removed, since one caller at a time works here. */
async function prepareCache(options: GitRepositoryOptions, branch: string, call: GitCallOptions | undefined): Promise<void> {
  await mkdir(options.cache, { recursive: true, mode: 0o700 });
  const locks = [`${localRef(branch)}.lock`, 'packed-refs.lock', 'config.lock', 'shallow.lock', 'HEAD.lock'];
  for (const lock of locks) await rm(join(options.cache, lock), { force: true });
  if (options.made.has(options.cache) && existsSync(join(options.cache, 'HEAD'))) return;
  await options.git.run('making the cache', ['init', '--quiet', '--bare', '--template=', options.cache], { ...call });
  options.made.add(options.cache);
}

async function fetchBranch(options: GitRepositoryOptions, branch: string, call: LocalCall): Promise<string> {
  const ref = localRef(branch);
  const tail = ['--no-tags', '--no-write-fetch-head', '--recurse-submodules=no', '--quiet', 'origin', `+refs/heads/${branch}:${ref}`];
  const filtered = await options.git.attempt(['fetch', '--filter=blob:none', ...tail], {
    ...call,
    config: [...(call.config ?? []), ...PROMISOR],
  });
  if (filtered.code !== 0) {
    const failure = classifyStderr(filtered.stderr);
    if (failure !== 'Unknown' && failure !== 'Unreachable') {
      throw gitError(failure, `fetching ${branch} failed (${failure}): ${showOutput(filtered.stderr, call.secrets)}`);
    }
    // Some servers refuse the filter itself; what they say then differs.
    await options.git.run(`fetching ${branch}`, ['fetch', ...tail], call);
  }
  const tip = await options.git.run('reading the tip', ['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`], call);
  return oidOf(tip.stdout.toString('utf8').trim());
}

async function tooManyPacks(options: GitRepositoryOptions): Promise<boolean> {
  const files = await readdir(join(options.cache, 'objects', 'pack')).catch(() => []);
  return files.filter((name) => name.endsWith('.pack')).length > PACK_LIMIT;
}

async function fetch(options: GitRepositoryOptions, branch: string, call: GitCallOptions | undefined): Promise<string> {
  const attempt = (): Promise<string> =>
    withRemote(options, call, async (remote) => {
      await prepareCache(options, branch, call);
      if (await tooManyPacks(options)) {
        await rm(options.cache, { recursive: true, force: true });
        await prepareCache(options, branch, call);
      }
      return fetchBranch(options, branch, remote);
    });
  try {
    return await attempt();
  } catch (error) {
    if (repositoryFailure(error) !== 'Corrupt') throw error;
    await rm(options.cache, { recursive: true, force: true });
    return attempt();
  }
}

async function latest(options: GitRepositoryOptions, branch: string, call: GitCallOptions | undefined): Promise<string> {
  const ref = `refs/heads/${branch}`;
  const listed = await withRemote(options, call, (remote) =>
    options.git.run(`asking for the tip of ${branch}`, ['ls-remote', '--quiet', '--refs', 'origin', ref], {
      ...remote,
      gitDirectory: options.cache,
    }),
  );
  const line = listed.stdout
    .toString('utf8')
    .split('\n')
    .find((text) => text.endsWith(`\t${ref}`));
  if (line === undefined) throw gitError('Missing', `the repository has no branch ${branch}`);
  return oidOf(line.split('\t')[0] ?? '');
}

async function listFiles(options: GitRepositoryOptions, commit: string, directory: string, call: LocalCall): Promise<readonly TreeEntry[]> {
  const root = directory === '' ? commit : `${commit}:${directory}`;
  const type = await options.git.attempt(['cat-file', '-t', root], call);
  if (
    type.code !== 0 &&
    directory !== '' &&
    /path .* (does not exist|exists on disk)|not a valid object name|does not exist/i.test(type.stderr)
  ) {
    await options.git.run('reading the commit', ['cat-file', '-e', `${commit}^{commit}`], call);
    return [];
  }
  if (type.code !== 0) throw gitError(classifyStderr(type.stderr), `reading ${commit} failed: ${showForeign(type.stderr)}`);
  const kind = type.stdout.toString('utf8').trim();
  if (kind !== 'tree' && kind !== 'commit') throw gitError('Invalid', `${directory} is no directory`);
  const listed = await options.git.run('listing the tree', ['ls-tree', '-r', '-z', '--full-tree', root], call);
  const prefix = directory === '' ? '' : `${directory}/`;
  const entries = parseTree(listed.stdout.toString('utf8')).map((entry) => ({ ...entry, path: `${prefix}${entry.path}` }));
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function readBlobs(
  options: GitRepositoryOptions,
  oids: readonly string[],
  call: GitCallOptions | undefined,
): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(oids.map(oidOf))];
  if (wanted.length === 0) return new Map();
  const stdin = `${wanted.join('\n')}\n`;
  const local: LocalCall = { ...call, gitDirectory: options.cache };
  // Without the promisor setting nothing is fetched one by one behind our back: what is missing is asked for in one request.
  const checkedHere = await options.git.run('looking for files', ['cat-file', '--batch-check'], { ...local, stdin });
  const missing = [...checkedHere.stdout.toString('utf8').matchAll(/^([0-9a-f]+) missing$/gm)].map((match) => match[1] ?? '');
  if (missing.length > 0) {
    const args = [
      'fetch',
      '--no-tags',
      '--no-write-fetch-head',
      '--recurse-submodules=no',
      '--quiet',
      '--filter=blob:none',
      '--stdin',
      'origin',
    ];
    await withRemote(options, call, (remote) =>
      options.git.run('fetching files', args, {
        ...remote,
        config: [...(remote.config ?? []), ...PROMISOR, 'fetch.negotiationAlgorithm=noop'],
        stdin: `${missing.join('\n')}\n`,
      }),
    );
  }
  const read = await options.git.run('reading files', ['cat-file', '--batch'], { ...local, stdin });
  const texts = new Map<string, string>();
  for (const [oid, text] of parseBatch(read.stdout)) {
    if (text === undefined) throw gitError('Missing', `the repository has no file ${showForeign(oid, 64)}`);
    texts.set(oid, text);
  }
  return texts;
}

function pushed(options: GitRepositoryOptions, request: PushRequest, call: GitCallOptions | undefined): Promise<PushOutcome> {
  return withRemote(options, call, (remote) =>
    pushCommit(options.git, request, { ...remote, config: [...(remote.config ?? []), ...PROMISOR] }),
  ).catch((error: unknown): PushOutcome => {
    const failure = repositoryFailure(error);
    if (failure === undefined || !(error instanceof Error)) throw error;
    return { type: 'Failed', failure, message: error.message };
  });
}

const LOG_ARGS = ['log', '--first-parent', '--diff-merges=first-parent', '--no-renames', '--name-only', '-z', `--format=${LOG_FORMAT}`];

async function log(git: GitCommand, query: LogQuery, call: LocalCall): ReturnType<Repository['log']> {
  const range = [oidOf(query.to), `^${oidOf(query.from)}`];
  const result = await git.run('reading the history', [...LOG_ARGS, `--max-count=${query.limit + 1}`, ...range, '--'], call);
  const entries = parseLog(result.stdout.toString('utf8'));
  return { entries: entries.slice(0, query.limit), truncated: entries.length > query.limit };
}

async function findTrailer(
  git: GitCommand,
  { from, to, trailer }: Parameters<Repository['findTrailer']>[0],
  call: LocalCall,
): Promise<string | undefined> {
  const range = [oidOf(to), `^${oidOf(from)}`];
  const args = ['log', '--fixed-strings', `--grep=${trailer.key}: ${trailer.value}`, '-z', `--format=${LOG_FORMAT}`, ...range, '--'];
  const result = await git.run('searching the history', args, call);
  const matches = (found: Trailer): boolean => found.key === trailer.key && found.value === trailer.value;
  return parseLog(result.stdout.toString('utf8')).find((entry) => entry.trailers.some(matches))?.oid;
}

/** A commit that is not here is no ancestor; anything else that goes wrong is no answer, and must not be taken for "no" (S9). */
async function isAncestor(git: GitCommand, ancestor: string, descendant: string, call: LocalCall): Promise<boolean> {
  const result = await git.attempt(['merge-base', '--is-ancestor', ancestor, descendant], call);
  if (result.code === 0 || result.code === 1) return result.code === 0;
  if (/not a valid (commit|object) name|bad object|not a commit/i.test(result.stderr)) return false;
  throw gitError('Corrupt', `comparing ${ancestor} with ${descendant} failed: ${showForeign(result.stderr)}`);
}

/** One repository behind the git binary. Every argument is checked before git sees it. */
export function createGitRepository(options: GitRepositoryOptions): Repository {
  const { git, exclusive } = options;
  const local = (call: GitCallOptions | undefined): LocalCall => ({ ...call, gitDirectory: options.cache });
  return {
    latest: async (branch, call) => {
      const name = branchOf(branch);
      return exclusive(async () => {
        await prepareCache(options, name, call);
        return latest(options, name, call);
      });
    },
    fetch: async (branch, call) => {
      const name = branchOf(branch);
      return exclusive(() => fetch(options, name, call));
    },
    listFiles: async (commit, directory, call) => {
      const path = directory === '' ? '' : checked('the directory', directory, isTreePath);
      const oid = oidOf(commit);
      return exclusive(() => listFiles(options, oid, path, local(call)));
    },
    readBlobs: (oids, call) => exclusive(() => readBlobs(options, oids, call)),
    log: (query, call) => exclusive(() => log(git, query, local(call))),
    findTrailer: (query, call) => exclusive(() => findTrailer(git, query, local(call))),
    isAncestor: async (ancestor, descendant, call) => exclusive(() => isAncestor(git, oidOf(ancestor), oidOf(descendant), local(call))),
    buildCommit: async (request, call) => {
      oidOf(request.parent);
      return exclusive(() => buildCommit(git, request, local(call)));
    },
    push: async (request, call) => {
      branchOf(request.branch);
      oidOf(request.commit);
      oidOf(request.expectedParent);
      return exclusive(() => pushed(options, request, call));
    },
  };
}
