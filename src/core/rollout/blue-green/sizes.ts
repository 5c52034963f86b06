import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import { createCurrent } from '../create-current.ts';
import { type Draft, say } from '../draft.ts';
import { keptPods } from '../keeps-share.ts';
import { mayEmpty } from '../may-empty.ts';
import type { ObservedReplicaSet } from '../observed.ts';
import { surgeOf } from '../restart/restart-surge.ts';
import { scaleSet } from '../scale-set.ts';
import { countOf } from '../sizing.ts';
import { activeHash, isCleared, isSwitched, previewSize } from './place.ts';
import { isDue, retired } from './scale-down.ts';

/** How many pods, and why. */
export interface WantedSize {
  readonly size: number;
  readonly why: string;
}

/** The size of the live template: full where it serves or is to serve, that of the preview before, and never more once it is aborted (S11). */
export function currentSize(context: Context, status: RolloutStatus): WantedSize {
  const { replicas } = context.limits;
  const { current } = context;
  if (!underTest(context, status)) return { size: replicas, why: `${replicas} wanted` };
  if (status.abort === true) {
    if (current !== undefined && isDue(context, status, current)) return { size: 0, why: 'aborted, and its delay is over' };
    return { size: keptPods(context), why: 'aborted' };
  }
  const full = isCleared(status) || isSwitched(context, status) || context.stable === undefined;
  return full ? { size: replicas, why: `${replicas} wanted to take the traffic` } : previewWanted(context);
}

/** A preview that has the traffic, since the status that promoted it was lost, keeps its pods until the active Service was read without it (S4). */
function previewWanted(context: Context): WantedSize {
  const size = previewSize(context);
  const kept = activeHash(context) === context.hash ? keptPods(context) : 0;
  return { size: Math.max(size, kept), why: `${size} wanted for the preview` };
}

function retiredSize(context: Context, status: RolloutStatus, set: ObservedReplicaSet): WantedSize {
  if (isDue(context, status, set) && set.hash !== activeHash(context))
    return { size: 0, why: 'neither active nor preview, and its delay is over' };
  return { size: Math.min(set.specReplicas, context.limits.replicas), why: 'warm, with no more pods than are wanted now' };
}

/** With the pods that a restart adds; an aborted revision gets none (S11). */
function surged(status: RolloutStatus, set: ObservedReplicaSet, wanted: WantedSize): WantedSize {
  const more = wanted.size === 0 || (status.abort === true && set.hash !== status.stableRS) ? 0 : surgeOf(status, set.hash);
  return more === 0 ? wanted : { size: wanted.size + more, why: `${wanted.why}, ${more} more while old pods are replaced` };
}

/** Every ReplicaSet that is there, with the size that it should have. What was stable in the written status keeps its size until another is written there (S4). */
function wantedSizes(context: Context, status: RolloutStatus): readonly (readonly [ObservedReplicaSet, WantedSize])[] {
  const { current, stable, limits } = context;
  const full: WantedSize = { size: limits.replicas, why: `${limits.replicas} wanted of the stable revision` };
  return [
    ...(stable === undefined || stable === current ? [] : [[stable, surged(status, stable, full)] as const]),
    ...(current === undefined ? [] : [[current, surged(status, current, currentSize(context, status))] as const]),
    ...retired(context, status)
      .filter((set) => set !== stable)
      .map((set) => [set, retiredSize(context, status, set)] as const),
  ];
}

function resize(context: Context, draft: Draft, set: ObservedReplicaSet, { size, why }: WantedSize): Draft {
  return scaleSet(context, draft, set, size, why);
}

/** Shrinks what has to shrink, but never below replicas - maxUnavailable serving pods in all (S3), and never what a Service still selects to nothing (S5). */
function shrink(context: Context, draft: Draft, sizes: readonly (readonly [ObservedReplicaSet, WantedSize])[]): Draft {
  const { replicas, unavailable } = context.limits;
  let serving = context.observed.replicaSets.reduce((sum, set) => sum + countOf(set).available, 0);
  return sizes.reduce((next, [set, wanted]) => {
    if (wanted.size >= set.specReplicas) return next;
    const lost = Math.max(0, countOf(set).available - wanted.size);
    if (lost > 0 && serving - lost < replicas - unavailable) {
      return say(next, `ReplicaSet ${set.name} stays at ${set.specReplicas}: without it only ${serving - lost} of ${replicas} pods serve`);
    }
    if (wanted.size === 0 && !mayEmpty(context, set)) {
      return say(
        next,
        `ReplicaSet ${set.name} stays at ${set.specReplicas} until its Service selects another revision with ready endpoints`,
      );
    }
    serving -= lost;
    return resize(context, next, set, wanted);
  }, draft);
}

/** Sizes are always live: in every phase, paused, and after an abort. Each revision has pods of its own, so that they move apart from each other. */
export function resizeBlueGreen(context: Context, draft: Draft): Draft {
  const { status } = draft;
  const sizes = wantedSizes(context, status).filter(([set]) => set.owned);
  const created =
    context.current === undefined && status.abort !== true ? createCurrent(context, draft, currentSize(context, status).size) : draft;
  const grown = sizes
    .filter(([set, wanted]) => wanted.size > set.specReplicas)
    .reduce((next, [set, wanted]) => resize(context, next, set, wanted), created);
  return shrink(context, grown, sizes);
}
