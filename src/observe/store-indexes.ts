import type { KubeObject } from '../api/metadata.ts';
import type { ConfigView } from './config-view.ts';
import type { EndpointSliceView } from './endpoint-slice-view.ts';
import type { ReplicaSetView } from './replica-set-view.ts';
import { BY_CONTROLLER, BY_MANAGER, BY_NAMESPACE, BY_ORPHAN_NAMESPACE, BY_OWNER, BY_SERVICE } from './rollout-stores.ts';
import type { ServiceView } from './service-view.ts';

interface Raw {
  readonly raw: KubeObject;
}

/** By which values `observeRollout` looks objects up, for each kind that it does not look up by name alone. */
export const STORE_INDEXES = {
  replicaSets: {
    [BY_CONTROLLER]: (view: ReplicaSetView): readonly string[] => (view.controllerUid === undefined ? [] : [view.controllerUid]),
    [BY_ORPHAN_NAMESPACE]: (view: ReplicaSetView): readonly string[] => (view.controllerUid === undefined ? [view.namespace] : []),
  },
  services: { [BY_MANAGER]: (view: ServiceView): readonly string[] => (view.manager === undefined ? [] : [view.manager]) },
  endpointSlices: { [BY_SERVICE]: (view: EndpointSliceView): readonly string[] => [`${view.namespace}/${view.service}`] },
  analysisRuns: { [BY_CONTROLLER]: controllerUids },
  gitSyncs: { [BY_NAMESPACE]: (item: Raw): readonly string[] => [item.raw.metadata.namespace ?? ''] },
  config: { [BY_OWNER]: (view: ConfigView): readonly string[] => view.observed.ownerReferences.map((owner) => owner.uid) },
};

function controllerUids(item: Raw): readonly string[] {
  return (item.raw.metadata.ownerReferences ?? []).filter((owner) => owner.controller === true).map((owner) => owner.uid);
}
