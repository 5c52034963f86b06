import { ROLLOUT } from '../../api/kinds.ts';
import type { Step } from './invariant.ts';
import { kindKey, type RolloutView, viewRollout } from './world-view.ts';

/** One write of the controller to an existing Rollout. */
export interface RolloutWrite {
  readonly before: RolloutView;
  readonly after: RolloutView;
  /** `namespace/name` */
  readonly object: string;
  /** The controller recorded in this write that it handled a person's request or abort. */
  readonly requested: boolean;
}

/** The write as one to a Rollout by the controller, or undefined when it is none. */
export function rolloutWriteOf({ write }: Step): RolloutWrite | undefined {
  if (!write.byController || kindKey(write.request.kind) !== kindKey(ROLLOUT)) return undefined;
  const [before, after] = [viewRollout(write.before), viewRollout(write.after)];
  if (before === undefined || after === undefined) return undefined;
  const requested =
    before.status.lastHandledRequest !== after.status.lastHandledRequest ||
    before.status.lastHandledAbort !== after.status.lastHandledAbort;
  return { before, after, object: `${after.metadata.namespace}/${after.metadata.name}`, requested };
}
