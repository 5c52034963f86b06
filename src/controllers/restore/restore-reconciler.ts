import { ROLLOUT } from '../../api/kinds.ts';
import { parseRollout } from '../../api/parse.ts';
import type { RollbackStatus } from '../../api/rollout-status.ts';
import { type Instant, instant, parseInstant } from '../../api/time.ts';
import { createKeyedLock } from '../../ports/keyed-lock.ts';
import type { ReconcileResult, Reconciler } from '../runtime/reconciler.ts';
import { splitKey } from '../runtime/split-key.ts';
import type { RestoreDeps } from './restore-deps.ts';
import { createRollbackWriter } from './rollback-writer.ts';
import { runRestore } from './run-restore.ts';

/** How long a spec that nobody has judged yet may keep a restore waiting before it is looked at again. */
const UNJUDGED = 5000;

/** When this record is due for Git work; undefined when it is none of ours. */
function dueAt(rollback: RollbackStatus | undefined): Instant | undefined {
  if (rollback?.state === 'Intent') return parseInstant(rollback.intentAt) ?? instant(0);
  if (rollback?.state === 'Blocked') return parseInstant(rollback.nextTryAt);
  return undefined;
}

/**
 * Makes the restore commit that a persisted intent asks for. It acts only on what the API server holds (not the cache), writes only `status.rollback`,
 * and trusts only the remote: whatever a push said, it fetches and looks for its own trailer (reliability-security 1.5).
 */
export function createRestoreReconciler(deps: RestoreDeps): Reconciler {
  // Restores of one branch that run side by side only take the tip from each other, and each begins anew.
  const inTurn = createKeyedLock();
  return {
    name: 'restore',
    reconcile: async (key, signal): Promise<ReconcileResult> => {
      const parsed = deps.rollouts.get(key)?.parsed;
      const rollback = parsed?.ok === true ? parsed.value.status?.rollback : undefined;
      const due = dueAt(rollback);
      if (due === undefined) return {};
      if (due > deps.clock.now()) return { requeueAt: due };
      return inTurn(rollback?.repository ?? '', () => pass(key, signal));
    },
  };

  async function pass(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { namespace, name } = splitKey(key);
    const raw = await deps.cluster.get(ROLLOUT, { namespace, name }, { signal });
    const parsed = raw === undefined ? undefined : parseRollout(raw);
    if (raw === undefined || parsed?.ok !== true || raw.metadata.deletionTimestamp !== undefined) return {};
    const rollback = parsed.value.status?.rollback;
    const liveDue = dueAt(rollback);
    if (rollback === undefined || liveDue === undefined) return {};
    if (liveDue > deps.clock.now()) return { requeueAt: liveDue };
    // A newer spec may hold the fix, or take the wish to revert back: the Rollout's own decision comes first.
    if (parsed.value.status?.observedGeneration !== raw.metadata.generation) return { requeueAt: instant(deps.clock.now() + UNJUDGED) };
    const writer = createRollbackWriter(deps.cluster, raw, rollback, signal);
    await runRestore({ deps, rollout: parsed.value, writer, signal });
    const next = dueAt(writer.current());
    return next === undefined ? {} : { requeueAt: next };
  }
}
