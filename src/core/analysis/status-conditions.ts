import type { Condition } from '../../api/conditions.ts';
import type { Instant } from '../../api/time.ts';
import { timedConditions } from '../conditions/timed-conditions.ts';

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
  const { reason, message } = standing;
  const facts = factsOf(standing.state).map(([type, status]) => ({ type, status, reason, message }));
  return timedConditions(previous, facts, generation, now);
}

function factsOf(state: Standing['state']): readonly (readonly [string, Condition['status']])[] {
  switch (state) {
    case 'Ready':
      return [['Ready', 'True']];
    case 'Reconciling':
      return [
        ['Reconciling', 'True'],
        ['Ready', 'Unknown'],
      ];
    case 'Stalled':
      return [
        ['Stalled', 'True'],
        ['Ready', 'False'],
      ];
  }
}
