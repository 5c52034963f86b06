import type { GitTarget } from '../../api/git-target.ts';
import { GIT_TARGET } from '../../api/kinds.ts';
import { parseGitTarget } from '../../api/parse.ts';
import { recordRestore } from '../../core/revert/restore-budget.ts';
import { SluiceError } from '../../ports/errors.ts';
import type { RestoreDeps } from './restore-reconciler.ts';

/** Puts a restore on the GitTarget's record before it is pushed, once by id: a circuit breaker must not count less than what was pushed. */
export async function recordInBudget(
  deps: Pick<RestoreDeps, 'cluster' | 'clock'>,
  target: GitTarget,
  rollout: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const raw = await deps.cluster.get(GIT_TARGET, { name: target.metadata.name }, { signal });
  const parsed = raw === undefined ? undefined : parseGitTarget(raw);
  if (raw === undefined || parsed?.ok !== true)
    throw new SluiceError('not_found', `the GitTarget ${target.metadata.name} is gone; it is looked at again`);
  const known = parsed.value.status?.restores ?? [];
  const restores = recordRestore(parsed.value, rollout, id, deps.clock.now());
  if (restores === known) return;
  const status = parsed.value.status ?? { observedGeneration: -1 };
  await deps.cluster.update(
    GIT_TARGET,
    { ...raw, status: { ...status, restores } },
    { subresource: 'status', fieldManager: 'sluice', signal },
  );
}
