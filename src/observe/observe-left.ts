import type { KubeObject } from '../api/metadata.ts';
import { recordedDeployment } from '../core/rollout/decide-unreadable.ts';
import type { ObservedRollout } from '../core/rollout/observed.ts';
import { managedServices } from './observe-services.ts';
import type { RolloutStores } from './rollout-stores.ts';

type Stores = Pick<RolloutStores, 'services' | 'endpointSlices' | 'replicaSets' | 'workloads'>;

/** What a Rollout whose spec cannot be read has left on other objects. */
export function observeLeft(raw: KubeObject, stores: Stores): Pick<ObservedRollout, 'managedServices' | 'workload'> {
  const name = recordedDeployment(raw);
  return {
    managedServices: managedServices(raw.metadata, stores),
    workload: name === undefined ? undefined : stores.workloads.read(raw.metadata.namespace ?? '', { kind: 'Deployment', name }),
  };
}
