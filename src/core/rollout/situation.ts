import type { Phase } from '../../api/rollout-status.ts';

/** Phase, and the reason and message of the Ready condition. */
export interface Situation {
  readonly phase: Phase;
  readonly reason: string;
  readonly message: string;
  /** Message of the Progressing condition where it differs: the cause alone, which later passes read back. */
  readonly cause?: string | undefined;
}
