import { isAuthorText, isInside } from '../../core/provenance/git-names.ts';
import { SluiceError } from '../../ports/errors.ts';
import type { CommitRequest, LogEntry, Repository, TreeEntry } from '../../ports/repository.ts';
import { type FlatTree, readMessage, type SimCommit } from './git-objects.ts';
import type { SimRemote } from './sim-remote.ts';

type CheckNames = (names: { readonly branch?: string; readonly oids?: readonly string[]; readonly paths?: readonly string[] }) => void;

const EMPTY: FlatTree = new Map();

function typeOf(mode: string): TreeEntry['type'] {
  if (mode === '120000') return 'symlink';
  return mode === '160000' ? 'submodule' : 'file';
}

function failure(git: 'Missing' | 'Invalid', message: string): SluiceError {
  return new SluiceError(git === 'Missing' ? 'not_found' : 'spec_invalid', message, { details: { git } });
}

function commitOf(store: SimRemote, oid: string): SimCommit {
  const commit = store.commits.get(oid);
  if (commit === undefined) throw failure('Missing', `the repository has no commit ${oid}`);
  return commit;
}

function changedFiles(before: FlatTree, after: FlatTree): readonly string[] {
  const same = (path: string): boolean =>
    before.get(path)?.oid === after.get(path)?.oid && before.get(path)?.mode === after.get(path)?.mode;
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => !same(path)).toSorted();
}

function entryOf(store: SimRemote, commit: SimCommit): LogEntry {
  const first = commit.parents[0];
  const before = first === undefined ? EMPTY : commitOf(store, first).tree;
  return { oid: commit.oid, parents: commit.parents, ...readMessage(commit.message), files: changedFiles(before, commit.tree) };
}

function firstParents(store: SimRemote, from: string, to: string): readonly SimCommit[] {
  const hidden = store.ancestors(from);
  const found: SimCommit[] = [];
  for (let next: string | undefined = to; next !== undefined && !hidden.has(next); next = found.at(-1)?.parents[0])
    found.push(commitOf(store, next));
  return found;
}

function build(store: SimRemote, request: CommitRequest, checkNames: CheckNames): string {
  checkNames({ oids: [request.parent], paths: [...request.changes.keys()] });
  if (request.changes.size === 0) throw failure('Invalid', 'refusing to build a commit that changes nothing');
  if (!isAuthorText(request.author.name) || !isAuthorText(request.author.email)) {
    throw failure('Invalid', 'the author of the commit has no usable name or e-mail address');
  }
  for (const change of request.changes.values()) {
    if (change !== null && 'oid' in change && typeOf(change.mode) !== 'file')
      throw failure('Invalid', 'refusing to write anything but a plain file');
  }
  const { tree } = commitOf(store, request.parent);
  return store.add({
    parents: [request.parent],
    tree,
    changes: request.changes,
    author: request.author,
    date: request.date,
    message: request.message,
  });
}

/** The half of a simulated repository that needs no network. */
export function createSimReader(
  store: SimRemote,
  checkNames: CheckNames,
): Pick<Repository, 'listFiles' | 'readBlobs' | 'log' | 'findTrailer' | 'isAncestor' | 'buildCommit'> {
  return {
    listFiles: async (commit, directory) => {
      checkNames({ oids: [commit], paths: directory === '' ? [] : [directory] });
      const { tree } = commitOf(store, commit);
      if (tree.has(directory)) throw failure('Invalid', `${directory} is no directory`);
      return [...tree]
        .filter(([path]) => isInside(path, directory))
        .map(([path, entry]) => ({ path, mode: entry.mode, oid: entry.oid, type: typeOf(entry.mode) }))
        .toSorted((a, b) => (a.path < b.path ? -1 : 1));
    },
    readBlobs: async (oids) => {
      checkNames({ oids });
      return new Map(
        oids.map((oid): [string, string] => {
          const text = store.blobs.get(oid);
          if (text === undefined) throw failure('Missing', `the repository has no file ${oid}`);
          return [oid, text];
        }),
      );
    },
    log: async ({ from, to, limit }) => {
      checkNames({ oids: [from, to] });
      const commits = firstParents(store, from, to);
      return { entries: commits.slice(0, limit).map((commit) => entryOf(store, commit)), truncated: commits.length > limit };
    },
    findTrailer: async ({ from, to, trailer }) => {
      checkNames({ oids: [from, to] });
      const hidden = store.ancestors(from);
      const carries = (oid: string): boolean =>
        readMessage(commitOf(store, oid).message).trailers.some((found) => found.key === trailer.key && found.value === trailer.value);
      return [...store.ancestors(to)].find((oid) => !hidden.has(oid) && carries(oid));
    },
    isAncestor: async (ancestor, descendant) => {
      checkNames({ oids: [ancestor, descendant] });
      return store.commits.has(ancestor) && store.ancestors(descendant).has(ancestor);
    },
    buildCommit: async (request) => build(store, request, checkNames),
  };
}
