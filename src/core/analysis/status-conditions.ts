import type { Condition } from '../../api/conditions.ts';
import { formatInstant, type Instant } from '../../api/time.ts';

/** Where an object stands in kstatus' terms, with the reason that people read. */
export interface Standing {
  readonly state: 'Ready' | 'Reconciling' | 'Stalled';
  readonly reason: string;
  readonly message: string;
}

/**
 * The kstatus conditions of one standing, in the order in which kstatus reads them. `lastTransitionTime` moves only when the status of that condition does.
 */
export function kstatusConditions(
  previous: readonly Condition[] | undefined,
  standing: Standing,
  generation: number,
  now: Instant,
): readonly Condition[] {
  const make = (type: string, status: Condition['status']): Condition => {
    const before = previous?.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : formatInstant(now);
    return { type, status, reason: standing.reason, message: standing.message, observedGeneration: generation, lastTransitionTime };
  };
  switch (standing.state) {
    case 'Ready':
      return [make('Ready', 'True')];
    case 'Reconciling':
      return [make('Reconciling', 'True'), make('Ready', 'Unknown')];
    case 'Stalled':
      return [make('Stalled', 'True'), make('Ready', 'False')];
  }
}
