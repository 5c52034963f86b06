import type { Condition } from '../../api/conditions.ts';
import { formatInstant, type Instant } from '../../api/time.ts';

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
  const make = (type: string, status: Condition['status']): Condition => {
    const old = before?.find((condition) => condition.type === type);
    return {
      type,
      status,
      reason: state.reason,
      message: state.message,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: old?.status === status ? old.lastTransitionTime : formatInstant(now),
    };
  };
  return [
    ...(state.reconciling === true ? [make('Reconciling', 'True')] : []),
    ...(state.stalled === true ? [make('Stalled', 'True')] : []),
    make('Ready', state.ready),
  ];
}
