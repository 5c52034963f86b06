import type { Instant, Millis } from '../api/time.ts';
import { isSluiceError } from './errors.ts';
import type { SecretValue } from './secret.ts';

/** How to prove who we are; it is bound to one URL and never travels in it. */
export type RepositoryCredential =
  | { readonly type: 'none' }
  | { readonly type: 'basic'; readonly username: string; readonly password: SecretValue }
  | { readonly type: 'ssh'; readonly identity: SecretValue; readonly knownHosts: string };

export interface RepositoryAccess {
  /** https or ssh; without user name and password. */
  readonly url: string;
  readonly credential: RepositoryCredential;
}

export interface GitCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whole call; the process group is killed after it. The adapter has a default. */
  readonly deadline?: Millis | undefined;
}

/** One entry of a tree, by its full path. Symlinks and submodules are listed so that they can be refused, never followed or read. */
export interface TreeEntry {
  readonly path: string;
  readonly type: 'file' | 'symlink' | 'submodule';
  readonly mode: string;
  readonly oid: string;
}

export interface Trailer {
  readonly key: string;
  readonly value: string;
}

/** One commit of a first-parent log; `files` are those that differ from its first parent. */
export interface LogEntry {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly subject: string;
  readonly trailers: readonly Trailer[];
  readonly files: readonly string[];
}

export interface LogQuery {
  /** Excluded, with everything that it can reach. */
  readonly from: string;
  /** Included. */
  readonly to: string;
  /** At most so many, newest first; `truncated` says when there were more. */
  readonly limit: number;
}

/** What becomes of one path: these bytes, an object that the repository has, or nothing (null deletes). */
export type FileChange = { readonly content: string } | { readonly oid: string; readonly mode: string } | null;

export interface CommitRequest {
  readonly parent: string;
  readonly changes: ReadonlyMap<string, FileChange>;
  readonly author: { readonly name: string; readonly email: string };
  /** Author and committer date, in UTC: the same inputs give the same object id. */
  readonly date: Instant;
  readonly message: string;
}

/** What the push itself said; only a fetch says what is true (reliability: the remote is the only truth). */
export type PushOutcome =
  | { readonly type: 'Accepted' }
  /** The branch was not at the commit's parent. */
  | { readonly type: 'Moved'; readonly message: string }
  /** A hook, a protected branch or a required review. */
  | { readonly type: 'Refused'; readonly message: string }
  /** The reply is not known: the push may have happened. */
  | { readonly type: 'Failed'; readonly failure: RepositoryFailure; readonly message: string };

export interface PushRequest {
  readonly commit: string;
  readonly branch: string;
  /** First parent of `commit`, and what the branch has to be at: the push is a compare-and-swap that can only fast-forward. */
  readonly expectedParent: string;
}

/**
 * One remote repository as Sluice uses it: no work tree, only objects and one branch at a time.
 *
 * Errors are `SluiceError` with `details.git`, a {@link RepositoryFailure}; their messages hold no credential. Object ids are 40 or 64 hex digits;
 * anything else, and branch names or paths that git could read as options, throws `spec_invalid` before git is started.
 */
export interface Repository {
  /** Tip of the branch at the remote, without fetching. */
  latest(branch: string, options?: GitCallOptions): Promise<string>;
  /** Brings the branch's commits and trees here; answers its tip. */
  fetch(branch: string, options?: GitCallOptions): Promise<string>;
  /** Every entry under a directory ('' is the root) of a fetched commit, sorted by path; empty when there is no such directory. */
  listFiles(commit: string, directory: string, options?: GitCallOptions): Promise<readonly TreeEntry[]>;
  /** Texts of blobs by object id; those that are not here yet are fetched together. */
  readBlobs(oids: readonly string[], options?: GitCallOptions): Promise<ReadonlyMap<string, string>>;
  /** First-parent history, newest first. */
  log(query: LogQuery, options?: GitCallOptions): Promise<{ readonly entries: readonly LogEntry[]; readonly truncated: boolean }>;
  /** The newest commit reachable from `to` and not from `from`, on any parent, that carries exactly this trailer. */
  findTrailer(
    query: { readonly from: string; readonly to: string; readonly trailer: Trailer },
    options?: GitCallOptions,
  ): Promise<string | undefined>;
  /** False too when one of the commits is not known here. */
  isAncestor(ancestor: string, descendant: string, options?: GitCallOptions): Promise<boolean>;
  buildCommit(request: CommitRequest, options?: GitCallOptions): Promise<string>;
  /** Never throws for what the remote or the network says. */
  push(request: PushRequest, options?: GitCallOptions): Promise<PushOutcome>;
}

/** Opens repositories; work on one URL is serialised. */
export interface Repositories {
  open(access: RepositoryAccess): Repository;
}

export const REPOSITORY_FAILURES = [
  'Authentication',
  'Unreachable',
  'Missing',
  'Timeout',
  'TooLarge',
  'Corrupt',
  'Invalid',
  'Unknown',
] as const;

export type RepositoryFailure = (typeof REPOSITORY_FAILURES)[number];

/** Why a repository call failed, or undefined when the error came from elsewhere. */
export function repositoryFailure(error: unknown): RepositoryFailure | undefined {
  if (!isSluiceError(error)) return undefined;
  const kind = error.details['git'];
  return REPOSITORY_FAILURES.find((known) => known === kind);
}
