import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Context } from './context.ts';
import { isFrozen } from './frozen.ts';
import { isPausedFor } from './pauses.ts';
import { selectorConflict } from './selector-conflict.ts';
import { SERVICE_UNUSABLE } from './service-trouble.ts';

/** What keeps the rollout from going on, apart from where it is. */
export interface Halt {
  /** The pause that somebody has to end, before one that ends by itself: the reason of the conditions while it is Paused. */
  readonly reason: string;
  readonly message: string;
}

/** The first that keeps the rollout from going on; undefined when nothing does. */
export function haltOf(context: Context, status: RolloutStatus): Halt | undefined {
  if (isPausedFor(status, 'UserRequest')) return { reason: 'UserRequest', message: 'paused by request; resume to go on' };
  const message = otherHalt(context, status);
  if (message === undefined) return undefined;
  const unjudged = isPausedFor(status, 'InconclusiveAnalysisRun');
  return { reason: unjudged ? 'InconclusiveAnalysisRun' : (status.pauseConditions?.[0]?.reason ?? 'Paused'), message };
}

function otherHalt(context: Context, status: RolloutStatus): string | undefined {
  if (context.revision.hold !== undefined) return context.revision.hold.message;
  const [trouble] = context.troubles;
  if (trouble !== undefined) return `Service ${trouble.name} cannot be used; see the condition ${SERVICE_UNUSABLE}`;
  const unmade = context.observed.refused?.find((one) => one.type === 'createService');
  if (unmade !== undefined) return unmade.message;
  if (status.promoteFull === true) return undefined;
  if (selectorConflict(status) !== undefined)
    return 'another writer takes the selector of a Service out; see the condition ServiceSelectorConflict';
  if (isFrozen(context, status)) return 'frozen after a breach; retry, promote or abort';
  if (context.rollout.spec.paused === true) return 'spec.paused is true; set it to false to go on';
  if (isPausedFor(status, 'InconclusiveAnalysisRun'))
    return 'an analysis has no verdict (InconclusiveAnalysisRun); resume measures again, promote goes on without, abort goes back';
  return undefined;
}
