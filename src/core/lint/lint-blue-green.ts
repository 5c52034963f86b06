import type { FieldProblem } from '../../api/field-problem.ts';
import type { BlueGreenStrategy } from '../../api/rollout.ts';
import { lintAntiAffinity } from './lint-canary.ts';
import { lintRolloutAnalysis } from './lint-rollout-analysis.ts';
import { problemAt } from './problem-at.ts';

const AT = 'spec.strategy.blueGreen';

/** The rules of a blue-green strategy; `historyLimit` is the Rollout's revisionHistoryLimit. */
export function lintBlueGreen(blueGreen: BlueGreenStrategy, historyLimit: number): readonly FieldProblem[] {
  return [
    ...(blueGreen.previewService === blueGreen.activeService
      ? [
          problemAt(
            `${AT}.previewService`,
            blueGreen.previewService,
            'is the same as activeService',
            'name two Services, or remove previewService',
          ),
        ]
      : []),
    ...(blueGreen.prePromotionAnalysis !== undefined && blueGreen.previewReplicaCount === 0
      ? [problemAt(`${AT}.previewReplicaCount`, 0, 'leaves no pod for prePromotionAnalysis to judge', 'raise it or remove one')]
      : []),
    ...((blueGreen.scaleDownDelayRevisionLimit ?? 0) > historyLimit
      ? [
          problemAt(
            `${AT}.scaleDownDelayRevisionLimit`,
            blueGreen.scaleDownDelayRevisionLimit,
            `is more than revisionHistoryLimit ${historyLimit}: those ReplicaSets are deleted before`,
            `use ${historyLimit} or less`,
          ),
        ]
      : []),
    ...lintAntiAffinity(`${AT}.antiAffinity`, blueGreen.antiAffinity),
    ...lintRolloutAnalysis(`${AT}.prePromotionAnalysis`, blueGreen.prePromotionAnalysis),
    ...lintRolloutAnalysis(`${AT}.postPromotionAnalysis`, blueGreen.postPromotionAnalysis),
  ];
}
