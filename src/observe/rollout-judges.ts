import type { FieldProblem } from '../api/field-problem.ts';
import type { Rollout } from '../api/rollout.ts';
import type { ObservedConfig } from '../core/config/observed-config.ts';
import { lintRollout } from '../core/lint/lint-rollout.ts';
import { observeSource } from '../core/provenance/observe-source.ts';
import type { ObservedSource, ObservedWorkload } from '../core/rollout/observed.ts';
import { parsedOnes } from './parsed-ones.ts';
import { BY_NAMESPACE, type RolloutStores } from './rollout-stores.ts';

/** What the caches cannot say by themselves, given by the core. */
export interface RolloutJudges {
  /** Every rule of the spec that the Rollout breaks. */
  readonly lint: (rollout: Rollout) => readonly FieldProblem[];
  /** Where the live generation came from, and whether a GitTarget may write there. */
  readonly source: (
    rollout: Rollout,
    stores: RolloutStores,
    workload: ObservedWorkload | undefined,
    config: ObservedConfig | undefined,
  ) => ObservedSource;
}

/** Those that judge every Rollout. */
export const ROLLOUT_JUDGES: RolloutJudges = {
  lint: lintRollout,
  source: (rollout, stores, workload, config) =>
    observeSource(
      rollout,
      parsedOnes(stores.gitSyncs.byIndex(BY_NAMESPACE, rollout.metadata.namespace ?? '')),
      parsedOnes(stores.gitTargets.list()),
      workload,
      config,
    ),
};
