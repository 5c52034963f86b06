import { parseDuration } from '../../api/duration.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import type { RolloutSpec } from '../../api/rollout.ts';
import { problemAt } from './problem-at.ts';

function lintDuration(field: string, value: string | undefined): readonly FieldProblem[] {
  if (value === undefined || parseDuration(value) !== undefined) return [];
  return [problemAt(field, value, 'is longer than ten years', 'write a duration such as 30m')];
}

function lintReleaseDeadline(value: string | undefined): readonly FieldProblem[] {
  if (value === undefined || parseDuration(value) !== 0) return lintDuration('spec.releaseDeadline', value);
  return [problemAt('spec.releaseDeadline', value, 'is over before the release begins', 'use more than 0s, or remove it for no limit')];
}

/** The fields that say how long something may take or counts: deadlines, soak and rollback window. */
export function lintLifecycle(spec: RolloutSpec): readonly FieldProblem[] {
  const { rollbackWindow, soak } = spec;
  const empty = rollbackWindow !== undefined && rollbackWindow.revisions === undefined && rollbackWindow.duration === undefined;
  return [
    ...(empty
      ? [problemAt('spec.rollbackWindow', rollbackWindow, 'says no window', 'add revisions or duration, or remove the window')]
      : []),
    ...lintReleaseDeadline(spec.releaseDeadline),
    ...lintDuration('spec.rollbackWindow.duration', rollbackWindow?.duration),
    ...lintDuration('spec.soak.duration', soak?.duration),
  ];
}
