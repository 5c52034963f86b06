import type { ObjectMeta } from '../api/metadata.ts';
import type { ObservedService } from '../core/rollout/observed.ts';
import { readyByHash } from './ready-by-hash.ts';
import type { ReplicaSetView } from './replica-set-view.ts';
import { BY_CONTROLLER, BY_MANAGER, BY_SERVICE, type RolloutStores } from './rollout-stores.ts';
import type { ServiceView } from './service-view.ts';

type Stores = Pick<RolloutStores, 'services' | 'endpointSlices' | 'replicaSets'>;

/** A Service with the ready endpoints of each of these revisions. */
export function observedService(service: ServiceView, stores: Stores, replicaSets: readonly ReplicaSetView[]): ObservedService {
  const pods = stores.endpointSlices.byIndex(BY_SERVICE, `${service.namespace}/${service.name}`).flatMap((slice) => slice.readyPods);
  return { ...service, ready: new Set(pods).size, readyByHash: readyByHash(pods, replicaSets) };
}

/** Every Service that carries the mark of this Rollout, by name; also of one whose spec cannot be read. */
export function managedServices(rollout: ObjectMeta, stores: Stores): readonly ObservedService[] {
  const replicaSets = stores.replicaSets.byIndex(BY_CONTROLLER, rollout.uid ?? '');
  return stores.services
    .byIndex(BY_MANAGER, `${rollout.namespace ?? ''}/${rollout.name}`)
    .map((service) => observedService(service, stores, replicaSets))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
