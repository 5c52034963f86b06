import type { Rollout } from '../../../api/rollout.ts';
import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Instant, parseInstant } from '../../../api/time.ts';

/** A point in time before which no pod may have been created. */
export interface WantedRestart {
  readonly at: Instant;
  /** As it was written: what `status.restartedAt` becomes, so that scripts may compare it with `spec.restartAt`. */
  readonly text: string;
}

type RestartStatus = Pick<RolloutStatus, 'restart' | 'restartedAt'>;

/** The restarts that are asked for, in the spec and by request, and not done yet. */
function wanted(rollout: Rollout, status: RestartStatus | undefined): readonly WantedRestart[] {
  const done = parseInstant(status?.restartedAt);
  return [rollout.spec.restartAt, status?.restart?.requestedAt].flatMap((text) => {
    const at = parseInstant(text);
    return text === undefined || at === undefined || (done !== undefined && at <= done) ? [] : [{ at, text }];
  });
}

/** The restart to carry out now: the latest whose time has come; a later one includes an earlier one. */
export function dueRestart(rollout: Rollout, status: RestartStatus | undefined, now: Instant): WantedRestart | undefined {
  return wanted(rollout, status)
    .filter((one) => one.at <= now)
    .toSorted((left, right) => right.at - left.at)[0];
}

/** The next restart whose time has not come yet. */
export function nextRestart(rollout: Rollout, status: RestartStatus | undefined, now: Instant): WantedRestart | undefined {
  return wanted(rollout, status)
    .filter((one) => one.at > now)
    .toSorted((left, right) => left.at - right.at)[0];
}
