import type { Provenance, RolloutStatus } from '../../api/rollout-status.ts';
import { clean } from '../render/escape.ts';

const COMMIT = /^[0-9a-f]{7,64}$/u;

/** What to run in Git instead of patching the cluster; `previous`: the wanted revision is the one before the present one. Nothing from the cluster gets into a command unquoted or unchecked. */
export function describeGitUndo(source: Provenance, status: RolloutStatus, previous: boolean): string {
  const rollback = status.rollback;
  if (
    rollback !== undefined &&
    rollback.podTemplateHash === status.currentPodHash &&
    (rollback.state === 'Pushed' || rollback.state === 'Intent')
  ) {
    return `a restore commit is on its way (${rollback.state}): wait for it`;
  }
  // What that commit took out had breached.
  const isRestore = rollback !== undefined && rollback.commit === source.commit;
  const place = `in a clone of ${clean(source.repository, 300)}`;
  const push = `git push origin HEAD:${shellQuote(source.branch)}`;
  if (previous && !isRestore && COMMIT.test(source.commit)) {
    return `${place} on branch ${clean(source.branch, 253)} run: git revert --no-edit ${source.commit} && ${push}`;
  }
  return `${place} find the commit with: git log --oneline -- ${shellQuote(source.file)}, then run: git checkout COMMIT -- ${shellQuote(source.file)} && git commit && ${push}`;
}

/** One word of a POSIX shell, in quotes unless it needs none. */
function shellQuote(text: string): string {
  const safe = clean(text, 1024);
  return /^[A-Za-z0-9_./@%+=:,][A-Za-z0-9_./@%+=:,-]*$/u.test(safe) ? safe : `'${safe.replaceAll("'", `'\\''`)}'`;
}
