import { QUARANTINED, REVISION } from '../../api/labels.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { seen } from '../plan/seen.ts';
import { type Context, underTest } from './context.ts';
import { createCurrent } from './create-current.ts';
import { act, type Draft, say } from './draft.ts';
import { isFrozen } from './frozen.ts';
import { mayEmpty } from './may-empty.ts';
import type { ObservedReplicaSet } from './observed.ts';
import { ordinalOf } from './ordinal.ts';
import { quarantineEntryOf } from './quarantine.ts';
import { planOwnership } from './replica-set-ownership.ts';
import { drainOlder, growth, type SizeChange, type Sizing, shrinkage } from './replicas.ts';
import { formerRoutesStay } from './routed/former-routes-stay.ts';
import { planRoutedSizes } from './routed/routed-sizes.ts';
import { scaleSet } from './scale-set.ts';
import { countOf, sizingOf } from './sizing.ts';

function scale(context: Context, draft: Draft, set: ObservedReplicaSet | undefined, wanted: number, why: string): Draft {
  if (set === undefined || !set.owned) return draft;
  const blocked = wanted === 0 && !mayEmpty(context, set);
  if (blocked && set.specReplicas <= 1)
    return say(draft, `ReplicaSet ${set.name} keeps a pod until its Service selects another revision with ready endpoints`);
  const to = blocked ? 1 : wanted;
  return scaleSet(context, draft, set, to, why);
}

function drain(context: Context, draft: Draft, sizing: Sizing): Draft {
  const available = sizing.canary.available + sizing.stable.available + sizing.older.available;
  const sizes = drainOlder(sizing.limits, available, context.older.map(countOf));
  return context.older.reduce((next, set, index) => {
    const to = sizes[index] ?? set.specReplicas;
    return to < set.specReplicas ? scale(context, next, set, to, 'neither stable nor current') : next;
  }, draft);
}

function reason(context: Context, status: RolloutStatus, sizing: Sizing): string {
  if (!underTest(context, status)) return `${sizing.limits.replicas} wanted`;
  return `${sizing.target.canary} canary and ${sizing.target.stable} stable pods wanted`;
}

function resizeCanary(context: Context, draft: Draft): Draft {
  if (formerRoutesStay(context, draft.status) || isJustPromoted(context, draft.status)) return growBesideRoutes(context, draft);
  const sizing = sizingOf(context, draft.status);
  const why = reason(context, draft.status, sizing);
  const apply = (change: NonNullable<SizeChange>): Draft =>
    scale(context, draft, change.side === 'stable' ? context.stable : context.current, change.to, why);
  const grown = growth(sizing);
  if (context.current === undefined && draft.status.abort !== true)
    return createCurrent(context, draft, grown?.side === 'canary' ? grown.to : 0);
  if (grown !== undefined) return apply(grown);
  const drained = drain(context, draft, sizing);
  if (drained.actions.length > draft.actions.length) return drained;
  const shrunk = shrinkage(sizing);
  return shrunk === undefined ? drained : apply(shrunk);
}

/** While routes that the spec names no longer split the traffic: whoever gets some of it keeps what it has (S3, S5). */
function growBesideRoutes(context: Context, draft: Draft): Draft {
  const { target, canary, stable } = sizingOf(context, draft.status);
  const why = 'routes that the spec names no longer are given back once stable can carry all traffic';
  if (context.current === undefined && draft.status.abort !== true) return createCurrent(context, draft, target.canary);
  const grown =
    underTest(context, draft.status) && stable.spec < target.stable ? scale(context, draft, context.stable, target.stable, why) : draft;
  return canary.spec < target.canary ? scale(context, grown, context.current, target.canary, why) : grown;
}

/** Promoted in this very pass: the Services that routes lead to go over in it as well, and the former revision serves until they have. */
function isJustPromoted({ previous, observed }: Context, status: RolloutStatus): boolean {
  return (observed.formerRoutes ?? []).length > 0 && previous !== undefined && previous.stableRS !== status.stableRS;
}

function isPersisted({ previous }: Context, set: ObservedReplicaSet): boolean {
  return previous !== undefined && quarantineEntryOf(set, previous) !== undefined;
}

/** What the Rollout says by now of the pods that serve or are to; older ones only leave. */
function changedReadiness({ rollout, current, stable }: Context, set: ObservedReplicaSet): number | undefined {
  const wanted = rollout.spec.minReadySeconds ?? 0;
  return (set === current || set === stable) && set.minReadySeconds !== wanted ? wanted : undefined;
}

/** Ordinal, quarantine mark and `minReadySeconds`, on ReplicaSets that this pass does not write otherwise: each write carries the version that was read. */
function annotate(context: Context, draft: Draft): Draft {
  const written = new Set(draft.actions.flatMap((action) => ('target' in action ? [action.target.uid] : [])));
  return context.observed.replicaSets.reduce((next, set) => {
    if (!set.owned || set.deleting || set.hash === undefined || written.has(set.uid)) return next;
    const annotations: Record<string, string | null> = {};
    if (set.hash === context.hash && ordinalOf(set) !== context.ordinal) annotations[REVISION] = String(context.ordinal);
    const entry = quarantineEntryOf(set, draft.status);
    // The mark follows the written status, never leads: a mark without an entry means that status was lost.
    if (entry !== undefined && set.annotations[QUARANTINED] === undefined && isPersisted(context, set)) annotations[QUARANTINED] = entry.at;
    if (entry === undefined && set.annotations[QUARANTINED] !== undefined) annotations[QUARANTINED] = null;
    const minReadySeconds = changedReadiness(context, set);
    if (Object.keys(annotations).length === 0 && minReadySeconds === undefined) return next;
    const news = [...Object.keys(annotations), ...(minReadySeconds === undefined ? [] : [`minReadySeconds ${minReadySeconds}`])];
    return act(next, {
      type: 'annotateReplicaSet',
      target: seen(set),
      annotations,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      why: `ReplicaSet ${set.name} is marked: ${news.join(', ')}`,
    });
  }, draft);
}

/** Sizes are always live: mid-step, paused and after an abort. With a canary at most one of stable, current and older moves in a pass. */
export function planReplicaSets(context: Context, draft: Draft, resize: (context: Context, draft: Draft) => Draft = resizeCanary): Draft {
  const adopted = planOwnership(context, draft);
  const stableLost = underTest(context, draft.status) && context.stable === undefined;
  if (stableLost && (draft.status.abort === true || isFrozen(context, draft.status))) {
    return annotate(
      context,
      say(adopted, `the ReplicaSet of stable revision ${draft.status.stableRS} is gone: sizes stay; change the template or retry`),
    );
  }
  return annotate(context, context.traffic === undefined ? resize(context, adopted) : planRoutedSizes(context, adopted));
}
