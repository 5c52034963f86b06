import type { PushOutcome, PushRequest } from '../../ports/repository.ts';
import { type GitCall, type GitCommand, showOutput } from './git-command.ts';
import { classifyStderr } from './git-error.ts';

/** Said by servers when another push won between our read of the branch and theirs. */
const RACE =
  /stale info|non-fast-forward|fetch first|cannot lock ref|failed to (update|lock)|incorrect old value|reference already exists|is at [0-9a-f]+ but expected/i;

/**
 * Pushes one commit whose first parent is `expectedParent`, so the push can only fast-forward. The lease adds what a plain push lacks: when the branch was moved
 * back to an ancestor of the parent, a plain push would fast-forward and bring the removed commits back; with it the branch must be at exactly the parent.
 */
export async function pushCommit(git: GitCommand, request: PushRequest, call: GitCall): Promise<PushOutcome> {
  const parents = await git.run('reading the commit', ['rev-parse', '--verify', '--end-of-options', `${request.commit}^1`], call);
  if (parents.stdout.toString('utf8').trim() !== request.expectedParent) {
    return { type: 'Failed', failure: 'Invalid', message: 'refusing to push a commit that was not built on the expected tip' };
  }
  const ref = `refs/heads/${request.branch}`;
  const lease = `--force-with-lease=${ref}:${request.expectedParent}`;
  const args = [
    'push',
    '--porcelain',
    '--no-verify',
    '--no-thin',
    '--no-follow-tags',
    '--recurse-submodules=no',
    lease,
    'origin',
    `${request.commit}:${ref}`,
  ];
  const result = await git.attempt(args, call);
  if (result.code === 0) return { type: 'Accepted' };
  const said = `${result.stdout.toString('utf8')}\n${result.stderr}`;
  const message = showOutput(result.stderr || said, call.secrets);
  const rejected = /^!\t.*$/m.exec(result.stdout.toString('utf8'))?.[0];
  if (rejected !== undefined) return RACE.test(rejected) ? { type: 'Moved', message } : { type: 'Refused', message };
  return { type: 'Failed', failure: classifyStderr(said), message };
}
