import type { Experiment } from '../../api/experiment.ts';
import { EXPERIMENT } from '../../api/kinds.ts';
import { type CheckedKindDeps, createCheckedKindReconciler } from '../analysis/checked-kind-reconciler.ts';
import type { Reconciler } from '../runtime/reconciler.ts';

/** Says on every Experiment that it is not run yet: seen and refused, never ignored. */
export function createExperimentReconciler(deps: CheckedKindDeps<Experiment>): Reconciler {
  return createCheckedKindReconciler(deps, {
    name: 'experiment',
    kind: EXPERIMENT,
    ready: () => 'nothing to do',
    check: () => ({
      problems: [],
      unsupported: [
        {
          field: 'kind',
          value: 'Experiment',
          problem: 'Experiments are not run yet',
          remedy: 'delete it, and compare revisions with an analysis step of a Rollout',
        },
      ],
    }),
  });
}
