import { FINALIZER } from '../../api/labels.ts';
import type { ObjectMeta } from '../../api/metadata.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Action, Plan } from '../plan/plan.ts';
import { seenMeta } from '../plan/seen.ts';
import type { ObservedRollout } from './observed.ts';

/** Effects on objects that are not the Rollout's own: what outlives it has to be given back. */
const LASTING: ReadonlySet<Action['type']> = new Set(['setServiceSelector', 'routeTraffic', 'scaleWorkload']);

/** Whether the Rollout waits for us before it goes. */
export function holdsFinalizer(metadata: ObjectMeta): boolean {
  return metadata.finalizers?.includes(FINALIZER) === true;
}

/** Lets the Rollout go; other finalizers stay. */
export function dropFinalizer(metadata: ObjectMeta, why: string): Action {
  const finalizers = (metadata.finalizers ?? []).filter((name) => name !== FINALIZER);
  return { type: 'setFinalizers', target: seenMeta(metadata), finalizers, why };
}

function mayLast(observed: ObservedRollout, status: RolloutStatus): boolean {
  if (status.workload !== undefined && status.workload.replicas > 0) return true;
  return (
    observed.services.size > 0 || observed.managedServices.length > 0 || observed.rollout.spec.strategy.canary?.trafficRouting !== undefined
  );
}

/** The plan with the finalizer set before the first lasting effect, and taken away once nothing lasting is left (F13: none where none is needed). */
export function withFinalizer(observed: ObservedRollout, plan: Plan<RolloutStatus>): Plan<RolloutStatus> {
  const { metadata } = observed.rollout;
  const lasting = plan.actions.some((action) => LASTING.has(action.type));
  if (lasting && !holdsFinalizer(metadata)) {
    const why = 'the Rollout gets a finalizer: what it changes on other objects is given back before it goes';
    const finalizers = [...(metadata.finalizers ?? []), FINALIZER];
    const first: Action = { type: 'setFinalizers', target: seenMeta(metadata), finalizers, why };
    return { ...plan, actions: [first, ...plan.actions], explain: [...plan.explain, why] };
  }
  if (lasting || mayLast(observed, plan.status) || !holdsFinalizer(metadata)) return plan;
  const why = 'the finalizer is taken away: the Rollout changes nothing on other objects any more';
  return { ...plan, actions: [...plan.actions, dropFinalizer(metadata, why)], explain: [...plan.explain, why] };
}
