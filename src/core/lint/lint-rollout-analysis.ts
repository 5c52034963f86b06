import type { FieldProblem } from '../../api/field-problem.ts';
import type { RolloutAnalysis } from '../../api/rollout.ts';
import { problemAt } from './problem-at.ts';

/** The arguments that a Rollout gives to an analysis: each once, each with exactly one source. */
export function lintRolloutAnalysis(field: string, analysis: RolloutAnalysis | undefined): readonly FieldProblem[] {
  const args = analysis?.args ?? [];
  return args.flatMap((arg, index) => {
    const at = `${field}.args[${index}]`;
    const twice = args.findIndex((other) => other.name === arg.name) < index;
    return [
      ...(twice ? [problemAt(`${at}.name`, arg.name, 'is given twice', 'keep one argument of this name')] : []),
      ...lintSource(at, arg),
    ];
  });
}

function lintSource(at: string, arg: NonNullable<RolloutAnalysis['args']>[number]): readonly FieldProblem[] {
  const { value, valueFrom } = arg;
  if (value !== undefined && valueFrom !== undefined) {
    return [problemAt(at, arg.name, 'has value and valueFrom', 'keep one of them')];
  }
  if (value === undefined && valueFrom === undefined) {
    return [problemAt(at, arg.name, 'has neither value nor valueFrom', 'give it one of them, or remove the argument')];
  }
  if (valueFrom !== undefined && (valueFrom.podTemplateHashValue === undefined) === (valueFrom.fieldRef === undefined)) {
    return [
      problemAt(
        `${at}.valueFrom`,
        arg.name,
        'needs exactly one source',
        'set podTemplateHashValue (Stable or Latest) or fieldRef.fieldPath',
      ),
    ];
  }
  return [];
}
