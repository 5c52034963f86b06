import type { Condition } from '../../api/conditions.ts';
import { type FieldProblem, formatProblem } from '../../api/field-problem.ts';
import type { Instant } from '../../api/time.ts';
import type { AnalysisCheck } from './check-analysis.ts';
import { kstatusConditions, type Standing } from './status-conditions.ts';

/** Status of a kind that only has to type-check. */
export interface CheckedStatus {
  readonly observedGeneration: number;
  readonly phase: string;
  readonly message: string;
  readonly conditions: readonly Condition[];
}

const MESSAGE_LIMIT = 8192;

function standingOf({ problems, unsupported }: AnalysisCheck, ready: string): Standing {
  const all: readonly FieldProblem[] = [...problems, ...unsupported];
  if (all.length === 0) return { state: 'Ready', reason: 'TypeChecked', message: ready };
  const reason = problems.length > 0 ? 'InvalidSpec' : 'Unsupported';
  return { state: 'Stalled', reason, message: all.map(formatProblem).join('; ').slice(0, MESSAGE_LIMIT) };
}

/** The status of a template or a provider after its check: `Ready`, or `Stalled` with every problem. */
export function decideCheckedStatus(
  object: { readonly generation: number; readonly conditions: readonly Condition[] | undefined },
  check: AnalysisCheck,
  ready: string,
  now: Instant,
): CheckedStatus {
  const standing = standingOf(check, ready);
  return {
    observedGeneration: object.generation,
    phase: standing.state === 'Ready' ? 'Ready' : standing.reason,
    message: standing.message,
    conditions: kstatusConditions(object.conditions, standing, object.generation, now),
  };
}
