import { FINALIZER } from '../../api/labels.ts';
import type { ObjectMeta } from '../../api/metadata.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Action, Plan } from '../plan/plan.ts';
import { seenMeta } from '../plan/seen.ts';
import { isOwnService } from './is-own-service.ts';
import type { ObservedRollout, ObservedService } from './observed.ts';

/** Effects on objects that are not the Rollout's own: what outlives it has to be given back. */
const LASTING: ReadonlySet<Action['type']> = new Set(['setServiceSelector', 'routeTraffic', 'scaleWorkload']);

/** What the Rollout owns goes with it. */
function isLasting({ services }: ObservedRollout, metadata: ObjectMeta, action: Action): boolean {
  if (action.type !== 'setServiceSelector') return LASTING.has(action.type);
  const service = services.get(action.target.name);
  return service === undefined || !isOwnService({ metadata }, service);
}

function holdsForeign(services: Iterable<ObservedService | undefined>, metadata: ObjectMeta): boolean {
  return [...services].some((service) => service !== undefined && !isOwnService({ metadata }, service));
}

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
  if (status.routing !== undefined) return true;
  const { services, managedServices, rollout } = observed;
  const foreign = holdsForeign(services.values(), rollout.metadata) || holdsForeign(managedServices, rollout.metadata);
  return foreign || rollout.spec.strategy.canary?.trafficRouting !== undefined;
}

/** The plan with the finalizer set before the first lasting effect, and taken away once nothing lasting is left (F13: none where none is needed). */
export function withFinalizer(observed: ObservedRollout, plan: Plan<RolloutStatus>): Plan<RolloutStatus> {
  const { metadata } = observed.rollout;
  const lasting = plan.actions.some((action) => isLasting(observed, metadata, action));
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
