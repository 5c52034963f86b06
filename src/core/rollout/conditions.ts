import type { ConditionFacts } from '../conditions/timed-conditions.ts';

/**
 * The three conditions that kstatus reads, in its order: Progressing and Paused are Ready=Unknown with Reconciling, Degraded is Ready=False with Stalled,
 * Healthy is Ready=True alone; Reconciling and Stalled are absent when they are not true.
 */
export function kstatusFacts(
  phase: 'Healthy' | 'Progressing' | 'Paused' | 'Degraded',
  reason: string,
  message: string,
): readonly ConditionFacts[] {
  switch (phase) {
    case 'Healthy':
      return [{ type: 'Ready', status: 'True', reason, message }];
    case 'Progressing':
    case 'Paused':
      return [
        { type: 'Ready', status: 'Unknown', reason, message },
        { type: 'Reconciling', status: 'True', reason: phase, message },
      ];
    case 'Degraded':
      return [
        { type: 'Ready', status: 'False', reason, message },
        { type: 'Stalled', status: 'True', reason, message },
      ];
  }
}
