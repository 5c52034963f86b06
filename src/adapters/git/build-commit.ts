import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAuthorText, isObjectId, isTreePath } from '../../core/provenance/git-names.ts';
import type { CommitRequest, FileChange } from '../../ports/repository.ts';
import type { GitCall, GitCommand } from './git-command.ts';
import { gitError } from './git-error.ts';

const PLAIN_FILE = '100644';
const WRITABLE_MODES = new Set(['100644', '100755']);
const NO_OBJECT = '0'.repeat(40);

function checkRequest(request: CommitRequest): void {
  if (request.changes.size === 0) throw gitError('Invalid', 'refusing to build a commit that changes nothing');
  for (const [path, change] of request.changes) {
    if (!isTreePath(path)) throw gitError('Invalid', 'refusing to write a path that leaves the tree or holds control characters');
    if (change !== null && 'oid' in change && (!isObjectId(change.oid) || !WRITABLE_MODES.has(change.mode))) {
      throw gitError('Invalid', 'refusing to write anything but a plain file');
    }
  }
  if (!isAuthorText(request.author.name) || !isAuthorText(request.author.email)) {
    throw gitError('Invalid', 'the author of the commit has no usable name or e-mail address');
  }
}

async function entryOf(git: GitCommand, path: string, change: FileChange, call: GitCall): Promise<string> {
  if (change === null) return `0 ${NO_OBJECT}\t${path}\0`;
  if ('oid' in change) return `${change.mode} ${change.oid}\t${path}\0`;
  const written = await git.run('writing a file into the object store', ['hash-object', '-w', '--stdin', '-t', 'blob'], {
    ...call,
    stdin: change.content,
  });
  return `${PLAIN_FILE} ${written.stdout.toString('utf8').trim()}\t${path}\0`;
}

/** Builds a commit by plumbing alone: an index of its own, no work tree. The same request gives the same object id. */
export async function buildCommit(
  git: GitCommand,
  request: CommitRequest,
  call: GitCall & { readonly gitDirectory: string },
): Promise<string> {
  checkRequest(request);
  const index = join(call.gitDirectory, `index-${randomUUID()}`);
  const indexed: GitCall = { ...call, env: { ...call.env, GIT_INDEX_FILE: index } };
  try {
    await git.run('reading the parent tree', ['read-tree', `${request.parent}^{tree}`], indexed);
    const entries: string[] = [];
    for (const [path, change] of request.changes) entries.push(await entryOf(git, path, change, call));
    await git.run('changing the tree', ['update-index', '-z', '--index-info'], { ...indexed, stdin: entries.join('') });
    const tree = await git.run('writing the tree', ['write-tree', '--missing-ok'], indexed);
    const date = `@${Math.floor(request.date / 1000)} +0000`;
    const people = {
      GIT_AUTHOR_NAME: request.author.name,
      GIT_AUTHOR_EMAIL: request.author.email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: request.author.name,
      GIT_COMMITTER_EMAIL: request.author.email,
      GIT_COMMITTER_DATE: date,
    };
    const args = ['commit-tree', tree.stdout.toString('utf8').trim(), '-p', request.parent, '-F', '-'];
    const commit = await git.run('writing the commit', args, { ...call, env: { ...call.env, ...people }, stdin: request.message });
    return commit.stdout.toString('utf8').trim();
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}
