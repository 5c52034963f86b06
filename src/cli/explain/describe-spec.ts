import { formatProblem } from '../../api/field-problem.ts';
import type { BlueGreenStrategy, CanaryStrategy } from '../../api/rollout.ts';
import { pauseOf } from '../../core/rollout/blue-green/settings.ts';
import type { Context } from '../../core/rollout/context.ts';
import { specProblems } from '../../core/rollout/spec-problems.ts';
import { clean } from '../render/escape.ts';

/** The spec in a few lines: what sizes, steps and times a decision goes by, and what is wrong with it. */
export function describeSpec({ observed, rollout, troubles }: Context, complete: boolean): readonly string[] {
  const { spec } = rollout;
  const { canary, blueGreen } = spec.strategy;
  const shape = canary === undefined ? (blueGreen === undefined ? 'no strategy' : blueGreenText(blueGreen)) : canaryText(canary);
  const workload = spec.workloadRef === undefined ? [] : [`template of ${spec.workloadRef.kind} ${spec.workloadRef.name}`];
  const deadline = `progressDeadlineSeconds ${spec.progressDeadlineSeconds ?? 600}${spec.releaseDeadline === undefined ? '' : `, releaseDeadline ${spec.releaseDeadline}`}`;
  // Problems of a whole that was read in part may be none.
  const { invalid, unsupported } = specProblems(observed, troubles);
  const found = complete ? [...invalid, ...unsupported] : [];
  const wrong = [...new Set(found.map(formatProblem))].map((problem) => `wrong: ${problem}`);
  return [`${shape}, ${spec.replicas} replicas`, ...workload, deadline, ...wrong].map((line) => clean(line, 600));
}

function canaryText(canary: CanaryStrategy): string {
  const { steps = [], maxSurge = '25%', maxUnavailable = '25%', trafficRouting } = canary;
  const routers = Object.keys(trafficRouting ?? {}).filter((key) => !['managedRoutes', 'maxTrafficWeight', 'settle'].includes(key));
  const sizes = routers.length > 0 ? `routed by ${routers.join(', ')}` : `maxSurge ${maxSurge}, maxUnavailable ${maxUnavailable}`;
  const judged = canary.analysis === undefined ? '' : ', background analysis';
  return `canary, ${steps.length} step${steps.length === 1 ? '' : 's'}, ${sizes}${judged}`;
}

function blueGreenText(strategy: BlueGreenStrategy): string {
  const wanted = pauseOf(strategy);
  const pause =
    typeof wanted === 'number'
      ? `promoted after ${wanted / 1000}s`
      : wanted === 'until resumed'
        ? 'promoted by a person'
        : 'promoted as soon as it is ready';
  const analyses = [
    ...(strategy.prePromotionAnalysis === undefined ? [] : ['pre-promotion analysis']),
    ...(strategy.postPromotionAnalysis === undefined ? [] : ['post-promotion analysis']),
  ];
  return ['blue-green', pause, ...analyses].join(', ');
}
