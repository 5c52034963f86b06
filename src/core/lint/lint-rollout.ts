import { parseDuration } from '../../api/duration.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import type { Rollout, RolloutSpec, WorkloadRef } from '../../api/rollout.ts';
import { lintBlueGreen } from './lint-blue-green.ts';
import { lintCanary } from './lint-canary.ts';
import { lintLifecycle } from './lint-lifecycle.ts';
import { lintPodMetadata } from './lint-pod-metadata.ts';
import { lintPodTemplate } from './lint-pod-template.ts';
import { lintRouters } from './lint-routers.ts';
import { lintSelector } from './lint-selector.ts';
import { lintService } from './lint-service.ts';
import { problemAt } from './problem-at.ts';

/** Argo Rollouts' defaults (argo-rollouts 1.1). */
const PROGRESS_DEADLINE_SECONDS = 600;
const REVISION_HISTORY_LIMIT = 10;

/** Every rule between fields of a Rollout that is broken, all at once: `InvalidSpec`. The CEL rules of the schema are the twins of these where they can be. */
export function lintRollout(rollout: Rollout): readonly FieldProblem[] {
  const { spec } = rollout;
  return [
    ...lintWorkload(spec),
    ...lintDeadline(spec),
    ...lintStrategy(spec),
    ...lintPodMetadata(spec),
    ...lintRouters(rollout),
    ...lintLifecycle(spec),
    ...lintConfig(spec),
    ...lintService(spec),
  ];
}

function lintWorkload(spec: RolloutSpec): readonly FieldProblem[] {
  const { template, workloadRef, selector } = spec;
  if (template !== undefined && workloadRef !== undefined) {
    return [
      problemAt(
        'spec.workloadRef',
        workloadRef.name,
        'stands beside template: two sources for one pod',
        'keep template or workloadRef, remove the other',
      ),
    ];
  }
  if (workloadRef !== undefined) {
    const problems = lintWorkloadRef(workloadRef);
    const empty = Object.keys(selector.matchLabels).length === 0 && (selector.matchExpressions ?? []).length === 0;
    return empty ? problems : [...problems, ...lintSelector('spec.selector', selector, undefined)];
  }
  if (template === undefined) {
    const missing = problemAt('spec.template', undefined, 'is missing', 'set template, or workloadRef to take it from a Deployment');
    return [...lintSelector('spec.selector', selector, undefined), missing];
  }
  return [...lintSelector('spec.selector', selector, template.metadata?.labels ?? {}), ...lintPodTemplate('spec.template', template)];
}

function lintWorkloadRef({ apiVersion, kind, scaleDown }: WorkloadRef): readonly FieldProblem[] {
  const expected = kind === 'PodTemplate' ? 'v1' : 'apps/v1';
  const version =
    apiVersion === expected
      ? []
      : [problemAt('spec.workloadRef.apiVersion', apiVersion, `is no version of a ${kind} that is read`, `write ${expected}`)];
  const scaled = scaleDown !== undefined && scaleDown !== 'never' && kind !== 'Deployment';
  if (!scaled) return version;
  return [...version, problemAt('spec.workloadRef.scaleDown', scaleDown, `works with a Deployment only, not with a ${kind}`, 'remove it')];
}

function lintDeadline(spec: RolloutSpec): readonly FieldProblem[] {
  const deadline = spec.progressDeadlineSeconds ?? PROGRESS_DEADLINE_SECONDS;
  const ready = spec.minReadySeconds ?? 0;
  if (deadline > ready) return [];
  const shown = spec.progressDeadlineSeconds === undefined ? ` (default ${PROGRESS_DEADLINE_SECONDS})` : '';
  return [
    problemAt(
      'spec.progressDeadlineSeconds',
      spec.progressDeadlineSeconds,
      `${shown === '' ? 'is' : `is absent${shown}, which is`} not greater than minReadySeconds ${ready}: every rollout would time out`,
      `use more than ${ready}`,
    ),
  ];
}

function lintStrategy(spec: RolloutSpec): readonly FieldProblem[] {
  const { canary, blueGreen } = spec.strategy;
  if (canary === undefined && blueGreen === undefined) {
    return [problemAt('spec.strategy', undefined, 'names no strategy', 'set exactly one of canary and blueGreen')];
  }
  const both =
    canary === undefined || blueGreen === undefined
      ? []
      : [problemAt('spec.strategy', spec.strategy, 'names two strategies', 'keep exactly one of canary and blueGreen')];
  return [
    ...both,
    ...(canary === undefined ? [] : lintCanary(canary)),
    ...(blueGreen === undefined ? [] : lintBlueGreen(blueGreen, spec.revisionHistoryLimit ?? REVISION_HISTORY_LIMIT)),
  ];
}

function lintConfig(spec: RolloutSpec): readonly FieldProblem[] {
  const settle = spec.config?.settle;
  if (settle === undefined || parseDuration(settle) !== undefined) return [];
  return [problemAt('spec.config.settle', settle, 'is longer than ten years', 'write a duration such as 30s')];
}
