import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { currentSize } from '../blue-green/sizes.ts';
import { type Context, underTest } from '../context.ts';
import type { ObservedReplicaSet } from '../observed.ts';
import type { Target } from '../replicas.ts';
import { desiredTarget } from '../weight.ts';

/** One revision whose pods a restart replaces. */
export interface RestartSide {
  readonly set: ObservedReplicaSet;
  /** The size that it has without the restart. */
  readonly size: number;
  /** So many of its own pods keep serving. */
  readonly floor: number;
  /** So many pods it may have more while old ones are replaced. */
  readonly surge: number;
}

/** What a restart may take away: side by side, and of all pods together. */
export interface RestartSides {
  /** In the order in which they are restarted: stable first (Argo Rollouts). Former revisions are on their way out. */
  readonly sides: readonly RestartSide[];
  /** So many pods of all revisions together keep serving. */
  readonly floor: number;
}

/** A side that carries traffic through a Service of its own keeps a pod whatever maxUnavailable says (S2). */
function routedSides(context: Context, tested: boolean, sizes: Target, aborted: boolean): RestartSides {
  const { unavailable, surge } = context.limits;
  const more = Math.max(1, surge);
  const carrying = (set: ObservedReplicaSet, size: number): RestartSide => ({
    set,
    size,
    floor: size === 0 ? 0 : Math.max(1, size - unavailable),
    surge: more,
  });
  const { current, stable } = context;
  if (!tested) return { sides: current === undefined ? [] : [carrying(current, sizes.canary)], floor: 0 };
  return {
    sides: [
      ...(stable === undefined ? [] : [carrying(stable, sizes.stable)]),
      // The canary has just what its weight needs: with fewer pods the weight would go down.
      ...(current === undefined || aborted ? [] : [{ set: current, size: sizes.canary, floor: sizes.canary, surge: more }]),
    ],
    floor: 0,
  };
}

/**
 * By numbers of pods all revisions serve the same clients: what counts is that replicas - maxUnavailable of them serve. maxSurge bounds what the sum may be
 * above replicas; with the sizes of a step at replicas + 1 that is one less.
 */
function countedSides(context: Context, tested: boolean, sizes: Target, aborted: boolean): RestartSides {
  const { replicas, surge, unavailable } = context.limits;
  const more = Math.max(0, replicas + surge - sizes.canary - sizes.stable);
  const { current, stable } = context;
  const side = (set: ObservedReplicaSet | undefined, size: number): readonly RestartSide[] =>
    set === undefined ? [] : [{ set, size, floor: 0, surge: more }];
  return {
    sides: tested ? [...side(stable, sizes.stable), ...(aborted ? [] : side(current, sizes.canary))] : side(current, sizes.canary),
    floor: Math.max(0, replicas - unavailable),
  };
}

/**
 * Each side serves behind a Service of its own: the active one has the traffic, and a preview without pods is none. One pod more at a time is enough where
 * none may be missing: a second full size would cost as much as a release.
 */
function blueGreenSides(context: Context, status: RolloutStatus): RestartSides {
  const { replicas, unavailable } = context.limits;
  const { current, stable } = context;
  const side = (set: ObservedReplicaSet | undefined, size: number): readonly RestartSide[] =>
    set === undefined ? [] : [{ set, size, floor: size === 0 ? 0 : Math.max(1, size - unavailable), surge: 1 }];
  if (!underTest(context, status)) return { sides: side(current, replicas), floor: 0 };
  return {
    sides: [...side(stable, replicas), ...(status.abort === true ? [] : side(current, currentSize(context, status).size))],
    floor: 0,
  };
}

/** The sides of a restart, with the sizes that are wanted without it. */
export function restartSides(context: Context, status: RolloutStatus): RestartSides {
  if (context.blueGreen !== undefined) return blueGreenSides(context, status);
  const sizes = desiredTarget(context, status);
  const tested = underTest(context, status);
  const aborted = status.abort === true;
  return context.traffic === undefined ? countedSides(context, tested, sizes, aborted) : routedSides(context, tested, sizes, aborted);
}
