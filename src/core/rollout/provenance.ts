import type { Provenance, RolloutStatus } from '../../api/rollout-status.ts';
import { deepEqual } from '../identity/deep-equal.ts';
import { type Context, underTest } from './context.ts';
import { type Draft, patch } from './draft.ts';
import { templateGeneration } from './workload.ts';

/** `next`, but the recorded one when only the time of observation differs: the clock alone changes no status. */
function steady(before: Provenance | undefined, next: Provenance): Provenance {
  return before !== undefined && deepEqual({ ...before, observedAt: '' }, { ...next, observedAt: '' }) ? before : next;
}

function withProvenance(draft: Draft, current: Provenance | undefined, lastGood: Provenance | undefined): Draft {
  const provenance: RolloutStatus['provenance'] = {
    ...(current === undefined ? {} : { current }),
    ...(lastGood === undefined ? {} : { lastGood }),
  };
  return patch(draft, { provenance: current === undefined && lastGood === undefined ? undefined : provenance });
}

/**
 * Where the live generation came from, by the reconciler's own record. While a revision is under test the commit that brought it is kept, whatever else
 * is scaled or committed meanwhile: that one is the bad commit when it breaches. A new template without a record of its own has none.
 */
export function recordProvenance(context: Context, draft: Draft): Draft {
  const before = context.previous?.provenance;
  const known = context.previous?.currentPodHash === context.hash ? before?.current : undefined;
  if (known !== undefined && underTest(context, draft.status)) return withProvenance(draft, known, before?.lastGood);
  const record = context.observed.source.provenance;
  const current = record !== undefined && record.generation === templateGeneration(context.observed) ? steady(known, record) : known;
  return withProvenance(draft, current, before?.lastGood);
}

/** Last good: the newest wholly applied commit while the live template is stable and healthy; it never moves during a rollout. */
export function recordLastGood(context: Context, draft: Draft): Draft {
  const { provenance, appliedCommit } = context.observed.source;
  const { phase, stableRS } = draft.status;
  const generation = context.rollout.metadata.generation;
  const good =
    phase === 'Healthy' &&
    stableRS === context.hash &&
    provenance?.generation === templateGeneration(context.observed) &&
    draft.status.observedGeneration === generation;
  if (!good || provenance === undefined || appliedCommit === undefined) return draft;
  const before = draft.status.provenance;
  const broughtBy = provenance.commit === appliedCommit ? {} : { broughtBy: provenance.commit };
  return withProvenance(draft, before?.current, steady(before?.lastGood, { ...provenance, commit: appliedCommit, ...broughtBy }));
}
