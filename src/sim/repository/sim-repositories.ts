import type { Millis } from '../../api/time.ts';
import { isBranchName, isObjectId, isTreePath } from '../../core/provenance/git-names.ts';
import type { Clock } from '../../ports/clock.ts';
import { type ErrorCode, SluiceError } from '../../ports/errors.ts';
import {
  type PushOutcome,
  type PushRequest,
  type Repositories,
  type Repository,
  type RepositoryAccess,
  type RepositoryFailure,
  repositoryFailure,
} from '../../ports/repository.ts';
import { createSimReader } from './sim-reader.ts';
import { createSimRemote, type SimRemote } from './sim-remote.ts';

export type RepositoryOperation = 'latest' | 'fetch' | 'readBlobs' | 'push';

export interface RepositoryRequest {
  readonly sequence: number;
  readonly operation: RepositoryOperation;
  readonly url: string;
  readonly push?: PushRequest | undefined;
}

/** What a test makes of one network call. `applied` says whether a failed push took effect all the same (lost reply). */
export type RepositoryFault =
  | { readonly kind: 'fail'; readonly failure: RepositoryFailure; readonly applied?: boolean }
  | { readonly kind: 'refuse'; readonly message: string }
  | { readonly kind: 'crash'; readonly when: 'before' | 'after' }
  | { readonly kind: 'delay'; readonly delay: Millis };

export interface SimRepositories extends Repositories {
  /** The repository behind an address, made when it is new. */
  remote(url: string): SimRemote;
  onRequest(hook: (request: RepositoryRequest) => RepositoryFault | undefined): void;
}

export interface SimRepositoriesOptions {
  readonly clock: Clock;
  /** Whether the remote lets this access in; everybody when absent. */
  readonly authorize?: ((access: RepositoryAccess) => boolean) | undefined;
}

const CODE: Partial<Record<RepositoryFailure, ErrorCode>> = {
  Authentication: 'forbidden',
  Missing: 'not_found',
  Timeout: 'timeout',
  Invalid: 'spec_invalid',
};

/** A repository error as the port names it. */
export function simFailure(failure: RepositoryFailure, message: string): SluiceError {
  return new SluiceError(CODE[failure] ?? 'unavailable', message, { details: { git: failure } });
}

/** The process under test was killed here: the call never returns. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

function checkNames(names: { readonly branch?: string; readonly oids?: readonly string[]; readonly paths?: readonly string[] }): void {
  const bad =
    (names.branch !== undefined && !isBranchName(names.branch)) ||
    names.oids?.some((oid) => !isObjectId(oid)) === true ||
    names.paths?.some((path) => !isTreePath(path)) === true;
  if (bad) throw simFailure('Invalid', 'a branch name, object id or path cannot be used');
}

function tipOf(remote: SimRemote, branch: string): string {
  const tip = remote.branches.get(branch);
  if (tip === undefined) throw simFailure('Missing', `the repository has no branch ${branch}`);
  return tip;
}

function pushInto(remote: SimRemote, request: PushRequest): PushOutcome {
  const commit = remote.commits.get(request.commit);
  if (commit?.parents[0] !== request.expectedParent) {
    return { type: 'Failed', failure: 'Invalid', message: 'refusing to push a commit that was not built on the expected tip' };
  }
  if (remote.branches.get(request.branch) !== request.expectedParent) return { type: 'Moved', message: 'the branch has moved' };
  remote.branches.set(request.branch, request.commit);
  return { type: 'Accepted' };
}

type OverNetwork = <T>(access: RepositoryAccess, operation: RepositoryOperation, work: () => T, push?: PushRequest) => Promise<T>;

/** The network between Sluice and a remote: counts the calls and lets the hook disturb each. */
function createNetwork(
  options: SimRepositoriesOptions,
  faultOf: (request: Omit<RepositoryRequest, 'sequence'>) => RepositoryFault | undefined,
): OverNetwork {
  return async (access, operation, work, push) => {
    const fault = faultOf({ operation, url: access.url, push });
    if (fault?.kind === 'crash' && fault.when === 'before') return never();
    if (fault?.kind === 'fail' && fault.applied !== true) throw simFailure(fault.failure, `${operation} failed (${fault.failure})`);
    if (fault?.kind === 'refuse') throw new SluiceError('forbidden', fault.message, { details: { refused: true } });
    if (fault?.kind === 'delay') await new Promise<void>((resolve) => options.clock.startTimer(fault.delay, resolve));
    if (options.authorize?.(access) === false)
      throw simFailure('Authentication', `${operation} failed (Authentication): the credential was refused`);
    const result = work();
    if (fault?.kind === 'crash') return never();
    if (fault?.kind === 'fail') throw simFailure(fault.failure, `${operation} failed (${fault.failure})`);
    return result;
  };
}

function openRemote(store: SimRemote, access: RepositoryAccess, overNetwork: OverNetwork): Repository {
  return {
    ...createSimReader(store, checkNames),
    latest: async (branch) => {
      checkNames({ branch });
      return overNetwork(access, 'latest', () => tipOf(store, branch));
    },
    fetch: async (branch) => {
      checkNames({ branch });
      return overNetwork(access, 'fetch', () => tipOf(store, branch));
    },
    push: async (request) => {
      checkNames({ branch: request.branch, oids: [request.commit, request.expectedParent] });
      try {
        return await overNetwork(access, 'push', () => pushInto(store, request), request);
      } catch (error) {
        if (!(error instanceof SluiceError)) throw error;
        if (error.details['refused'] === true) return { type: 'Refused', message: error.message };
        return { type: 'Failed', failure: repositoryFailure(error) ?? 'Unknown', message: error.message };
      }
    },
  };
}

/** In-memory repositories with git's own object ids; deterministic, microtasks only. */
export function createSimRepositories(options: SimRepositoriesOptions): SimRepositories {
  const remotes = new Map<string, SimRemote>();
  let hook: (request: RepositoryRequest) => RepositoryFault | undefined = () => undefined;
  let sequence = 0;
  const remote = (url: string): SimRemote => {
    const known = remotes.get(url) ?? createSimRemote();
    remotes.set(url, known);
    return known;
  };
  const overNetwork = createNetwork(options, (request) => {
    sequence += 1;
    return hook({ ...request, sequence });
  });
  return {
    remote,
    open: (access) => openRemote(remote(access.url), access, overNetwork),
    onRequest: (next) => {
      hook = next;
    },
  };
}
