import type { RolloutStatus } from '../../api/rollout-status.ts';
import { type Context, underTest } from './context.ts';
import { quarantineEntry } from './quarantine.ts';

/** A breach whose onFailure is Freeze: held until a person decides. */
export function isFrozen(context: Context, status: RolloutStatus): boolean {
  return (
    underTest(context, status) && status.abort !== true && status.promoteFull !== true && quarantineEntry(context, status) !== undefined
  );
}
