import type { Instant } from '../../api/time.ts';
import type { FileChange } from '../../ports/repository.ts';
import { blobId, commitId, type FlatTree, type SimCommit } from './git-objects.ts';

export interface SimCommitRequest {
  readonly parents: readonly string[];
  readonly tree: FlatTree;
  readonly changes: ReadonlyMap<string, FileChange>;
  readonly author: { readonly name: string; readonly email: string };
  readonly date: Instant;
  readonly message: string;
}

/** Objects and branches of one simulated repository; object ids are those that git would give. */
export interface SimRemote {
  readonly branches: Map<string, string>;
  readonly commits: ReadonlyMap<string, SimCommit>;
  readonly blobs: ReadonlyMap<string, string>;
  /** Adds a commit to the objects; no branch moves. */
  add(request: SimCommitRequest): string;
  /** Commits onto a branch, as a person would push; null deletes a path. */
  commit(branch: string, files: Readonly<Record<string, string | null>>, message: string, date: Instant): string;
  ancestors(oid: string): ReadonlySet<string>;
}

const PLAIN_FILE = '100644';
const PERSON = { name: 'Dana Dev', email: 'dana@example.com' };

function ancestorsOf(commits: ReadonlyMap<string, SimCommit>, oid: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [oid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(commits.get(next)?.parents ?? []));
  }
  return seen;
}

/** A simulated repository without commits. */
export function createSimRemote(): SimRemote {
  const branches = new Map<string, string>();
  const commits = new Map<string, SimCommit>();
  const blobs = new Map<string, string>();
  const addBlob = (text: string): string => {
    const oid = blobId(text);
    blobs.set(oid, text);
    return oid;
  };
  const add = (request: SimCommitRequest): string => {
    const tree = new Map(request.tree);
    for (const [path, change] of request.changes) {
      if (change === null) tree.delete(path);
      else tree.set(path, 'oid' in change ? { mode: change.mode, oid: change.oid } : { mode: PLAIN_FILE, oid: addBlob(change.content) });
    }
    const oid = commitId({
      tree,
      parents: request.parents,
      author: request.author,
      seconds: Math.floor(request.date / 1000),
      message: request.message,
    });
    commits.set(oid, { oid, tree, parents: request.parents, message: request.message });
    return oid;
  };
  return {
    branches,
    commits,
    blobs,
    add,
    commit: (branch, files, message, date) => {
      const parent = branches.get(branch);
      const changes = new Map(
        Object.entries(files).map(([path, text]): [string, FileChange] => [path, text === null ? null : { content: text }]),
      );
      const tree = parent === undefined ? new Map() : (commits.get(parent)?.tree ?? new Map());
      const oid = add({ parents: parent === undefined ? [] : [parent], tree, changes, author: PERSON, date, message });
      branches.set(branch, oid);
      return oid;
    },
    ancestors: (oid) => ancestorsOf(commits, oid),
  };
}
