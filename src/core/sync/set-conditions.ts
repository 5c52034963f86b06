import type { Condition } from '../../api/conditions.ts';
import type { Instant } from '../../api/time.ts';
import { type ConditionFacts, timedConditions } from '../conditions/timed-conditions.ts';

export interface ReadyState {
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** Work is under way or is tried again. */
  readonly reconciling?: boolean | undefined;
  /** Nothing happens until a person changes something. */
  readonly stalled?: boolean | undefined;
}

/** The three kstatus conditions of a state; `Reconciling` and `Stalled` are absent rather than False. Transition times are kept while the status stays. */
export function setConditions(
  before: readonly Condition[] | undefined,
  state: ReadyState,
  generation: number | undefined,
  now: Instant,
): readonly Condition[] {
  const { reason, message } = state;
  const make = (type: string, status: Condition['status']): ConditionFacts => ({ type, status, reason, message });
  const facts = [
    ...(state.reconciling === true ? [make('Reconciling', 'True')] : []),
    ...(state.stalled === true ? [make('Stalled', 'True')] : []),
    make('Ready', state.ready),
  ];
  return timedConditions(before, facts, generation, now);
}
