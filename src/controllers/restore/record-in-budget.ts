import { FIELD_MANAGER } from '../../api/field-manager.ts';
import type { GitTarget } from '../../api/git-target.ts';
import { GIT_TARGET } from '../../api/kinds.ts';
import { parseGitTarget } from '../../api/parse.ts';
import type { Instant } from '../../api/time.ts';
import { budgetFreeAt, recordRestore } from '../../core/revert/restore-budget.ts';
import { SluiceError } from '../../ports/errors.ts';
import type { RestoreDeps } from './restore-deps.ts';

export interface BudgetPlace {
  /** As it was when the commit was decided. */
  readonly target: GitTarget;
  readonly rollout: string;
  readonly id: string;
  /** The commit is on the branch already: it counts, whatever the budget says. */
  readonly made: boolean;
}

/**
 * Puts a restore on the GitTarget's record before it is pushed, once by id: a circuit breaker must not count less than what was pushed. Decided on the live object
 * and written by compare-and-swap, so that restores of several Rollouts at once keep to it too. Answers when there is room again, when there is none now.
 */
export async function recordInBudget(
  deps: Pick<RestoreDeps, 'cluster' | 'clock'>,
  place: BudgetPlace,
  signal: AbortSignal,
): Promise<Instant | undefined> {
  const { target, rollout, id } = place;
  const raw = await deps.cluster.get(GIT_TARGET, { name: target.metadata.name }, { signal });
  const parsed = raw === undefined ? undefined : parseGitTarget(raw);
  if (raw === undefined || parsed?.ok !== true)
    throw new SluiceError('not_found', `the GitTarget ${target.metadata.name} is gone; it is looked at again`);
  if (!place.made && raw.metadata.generation !== target.metadata.generation)
    throw new SluiceError('conflict', `the GitTarget ${target.metadata.name} was changed in between; it is decided again`);
  const now = deps.clock.now();
  const freeAt = place.made ? undefined : budgetFreeAt(parsed.value, rollout, id, now);
  if (freeAt !== undefined) return freeAt;
  const known = parsed.value.status?.restores ?? [];
  const restores = recordRestore(parsed.value, rollout, id, now);
  if (restores === known) return undefined;
  const status = parsed.value.status ?? { observedGeneration: -1 };
  await deps.cluster.update(
    GIT_TARGET,
    { ...raw, status: { ...status, restores } },
    { subresource: 'status', fieldManager: FIELD_MANAGER, signal },
  );
  return undefined;
}
