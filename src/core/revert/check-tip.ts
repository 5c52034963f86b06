import type { SourceProblem } from '../sync/manifest.ts';
import { blocked, short } from './blocked.ts';
import type { CommitFacts, RestoreFacts } from './restore-facts.ts';
import type { RestorePlan } from './restore-plan.ts';
import { changedDocuments, digestsOf, type Scope, sameAt } from './restore-scope.ts';

/** A problem that may hide a document of the closure: in a file that would be written, or about one of its objects. */
export function hidingProblem(commit: CommitFacts, scope: Scope): SourceProblem | undefined {
  return commit.problems.find(
    (problem) => scope.changed.includes(problem.file) || (problem.object !== undefined && scope.ids.has(problem.object)),
  );
}

/** An object of the closure whose content at the tip is not that of the applied commit. */
function newerObject(facts: RestoreFacts, scope: Scope): string | undefined {
  const before = digestsOf(facts.applied.manifests, scope.ids);
  const now = digestsOf(facts.tip.manifests, scope.ids);
  return [...scope.ids].find((id) => before.get(id) !== now.get(id));
}

/** `ConfigMap checkout-config` of an id `/ConfigMap/shop/checkout-config`. */
function shown(id: string): string {
  const [, kind, , ...name] = id.split('/');
  return `${kind} ${name.join('/')}`;
}

/**
 * What the tip says: somebody was faster (stand down), or the files are not as the bad change left them (blocked). A change of an object of the closure is
 * a newer change that is never overwritten; a change beside it in the same file is no fix, but whole files cannot be restored over it.
 */
export function checkTip(facts: RestoreFacts, scope: Scope): RestorePlan | undefined {
  const { good, applied, tip } = facts;
  const at = short(tip.oid);
  if (scope.changed.every((file) => sameAt(tip, good, file))) {
    return { type: 'AlreadyReverted', message: `the tip ${at} already holds the last good state of ${scope.changed.join(', ')}` };
  }
  const unread = hidingProblem(tip, scope);
  if (unread !== undefined)
    return blocked('UnreadableSource', `${unread.file} cannot be read at the tip ${at}: ${unread.message}; revert by hand`);
  const newer = newerObject(facts, scope);
  if (newer !== undefined) {
    const [hidden] = digestsOf(tip.manifests, new Set([newer])).size === 0 ? tip.problems : [];
    return hidden === undefined
      ? { type: 'Superseded', message: `${shown(newer)} was changed again up to ${at}: a newer change is never overwritten` }
      : blocked('UnreadableSource', `${hidden.file} cannot be read at the tip ${at}: ${hidden.message}; revert by hand`);
  }
  const moved = scope.changed.find((file) => !sameAt(tip, applied, file));
  if (moved !== undefined)
    return blocked(
      'TipDiffers',
      `${moved} was changed up to ${at} beside the objects of this Rollout: restoring the file would undo that too; revert by hand`,
    );
  const elsewhere = changedDocuments(applied, tip).find((manifest) => scope.ids.has(manifest.id));
  if (elsewhere === undefined) return undefined;
  return blocked('TipDiffers', `${elsewhere.kind} ${elsewhere.name} is in another file at the tip ${at}; revert by hand`);
}

/** Whether the tip with the changed files taken from good holds the closure as good does, each object once. */
export function restoresGood(facts: RestoreFacts, scope: Scope, ids: ReadonlySet<string>): boolean {
  const written = new Set(scope.changed);
  const result = [
    ...facts.tip.manifests.filter((manifest) => !written.has(manifest.file)),
    ...facts.good.manifests.filter((manifest) => written.has(manifest.file)),
  ].filter((manifest) => ids.has(manifest.id));
  const wanted = digestsOf(facts.good.manifests, ids);
  return result.length === wanted.size && result.every((manifest) => wanted.get(manifest.id) === manifest.digest);
}
