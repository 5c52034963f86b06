import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import { type Draft, say } from '../draft.ts';
import type { ObservedReplicaSet, ObservedService } from '../observed.ts';
import { selectedHash } from '../selected-hash.ts';
import { canTakeOver, switchTo } from '../service-switch.ts';
import { isHandingOver } from './hand-over.ts';
import { maxWeightOf, serviceOf } from './reach.ts';

/** What the stable Service should select: stable's revision, or the new one once all traffic is verified on the canary side. */
function stableWanted(context: Context, status: RolloutStatus): ObservedReplicaSet | undefined {
  if (!underTest(context, status)) return context.current;
  // With ping-pong the Services swap their parts instead.
  return isHandingOver(context, status) && context.canary.pingPong === undefined ? context.current : context.stable;
}

/** What the canary Service should select: the revision under test; stable's after an abort, so that nobody finds the bad one there any more, and when nothing is under test. */
function canaryWanted(context: Context, status: RolloutStatus): ObservedReplicaSet | undefined {
  return underTest(context, status) && status.abort === true ? context.stable : context.current;
}

/** A side that carries traffic, or may still be sent some, keeps its revision (S5); an idle one may change. */
function idle(context: Context, side: 'stable' | 'canary'): boolean {
  const { traffic } = context;
  if (traffic?.weight === undefined || !traffic.verified) return false;
  return side === 'canary' ? traffic.high === 0 : traffic.low === maxWeightOf(context);
}

function plan(
  context: Context,
  draft: Draft,
  side: 'stable' | 'canary',
  service: ObservedService | undefined,
  wanted: ObservedReplicaSet | undefined,
): Draft {
  if (service === undefined || wanted === undefined) return draft;
  const selected = selectedHash(service);
  if (selected === undefined || selected === wanted.hash) {
    // First adoption: a Service without a hash carries live traffic over all pods; it narrows only to what can carry it.
    const ready = selected !== undefined || side === 'canary' || canTakeOver(context, wanted, service);
    return ready
      ? switchTo(context, draft, service, wanted)
      : say(draft, `Service ${service.name} is taken over when ${wanted.name} can carry it`);
  }
  // What is stable may take its own side at any time, once it carries it; a canary side never moves a new revision into traffic by itself.
  const carries = context.traffic === undefined || context.traffic.low < maxWeightOf(context);
  const returns = side === 'stable' && carries && wanted.hash === draft.status.stableRS && canTakeOver(context, wanted, service);
  if (idle(context, side) || returns) return switchTo(context, draft, service, wanted);
  return say(draft, `Service ${service.name} keeps selecting ${selected} until no traffic goes through it`);
}

/** One decision a pass for each Service of the two sides, under any router. */
export function planRoutedServices(context: Context, draft: Draft): Draft {
  const { status } = draft;
  const unknownParts = context.canary.pingPong !== undefined && context.previous?.canary?.stablePingPong === undefined;
  if (status.stableRS === undefined || unknownParts) return draft;
  const stable = serviceOf(context, status, 'stable');
  const canary = serviceOf(context, status, 'canary');
  return plan(
    context,
    plan(context, draft, 'stable', stable, stableWanted(context, status)),
    'canary',
    canary,
    canaryWanted(context, status),
  );
}
