import { parseDuration } from '../../api/duration.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant, parseInstant } from '../../api/time.ts';
import { after } from '../time/instants.ts';
import type { Context } from './context.ts';

type FastRollback = NonNullable<RolloutStatus['fastRollback']>;

/** Whether the live template is an older revision than the stable one, by the creation of their ReplicaSets (Argo Rollouts' rule). */
export function isRollback(context: Context): boolean {
  const { current, stable } = context;
  return current !== undefined && stable !== undefined && current !== stable && current.createdAt < stable.createdAt;
}

/** ReplicaSets created after the one to go back to and before the stable one. */
function revisionsBetween(context: Context): number {
  const { current, stable, older } = context;
  if (current === undefined || stable === undefined) return 0;
  return older.filter((set) => set.owned && set.createdAt > current.createdAt && set.createdAt < stable.createdAt).length;
}

interface Side {
  readonly inside: boolean;
  readonly text: string;
}

function byRevisions(context: Context, most: number): Side {
  const between = revisionsBetween(context);
  return {
    inside: between < most,
    text: `${between === 1 ? '1 revision lies' : `${between} revisions lie`} between, fewer than ${most} may`,
  };
}

function byTime(context: Context, status: RolloutStatus, window: string): Side {
  const entry = status.formerlyStable?.find((one) => one.podTemplateHash === context.hash);
  const until = parseInstant(entry?.until);
  const span = parseDuration(window);
  if (entry === undefined || until === undefined || span === undefined)
    return { inside: false, text: 'it is not known to have been stable' };
  return { inside: context.now <= after(until, span), text: `it was stable until ${entry.until}, the window is ${window}` };
}

/** Where a way back stands to `spec.rollbackWindow`; undefined when there is no window or this is no way back. */
export function judgeRollback(context: Context, status: RolloutStatus): Side | undefined {
  const { revisions, duration } = context.rollout.spec.rollbackWindow ?? {};
  if (!isRollback(context)) return undefined;
  const sides = [
    ...(revisions === undefined ? [] : [byRevisions(context, revisions)]),
    ...(duration === undefined ? [] : [byTime(context, status, duration)]),
  ];
  if (sides.length === 0) return undefined;
  return { inside: sides.every((side) => side.inside), text: sides.map((side) => side.text).join('; ') };
}

/** The record of a rollback that skips the steps; undefined when the steps are to be walked. */
export function fastRollback(context: Context, status: RolloutStatus): FastRollback | undefined {
  const judged = judgeRollback(context, status);
  if (judged?.inside !== true) return undefined;
  return { podTemplateHash: context.hash, message: judged.text, at: formatInstant(context.now) };
}

/** Whether gates are left out by a recorded decision: a person's full promotion, or a way back inside the window. */
export function skipsGates(status: RolloutStatus): boolean {
  return status.promoteFull === true || status.fastRollback !== undefined;
}
