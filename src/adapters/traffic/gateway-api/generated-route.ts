import { API_VERSION } from '../../../api/labels.ts';
import type { KubeObject } from '../../../api/metadata.ts';
import type { GatewayGeneratedRoute } from '../../../core/traffic/gateway-api-config.ts';
import type { RoutedRollout } from '../../../ports/traffic-router.ts';
import type { Json } from '../json.ts';
import type { Sides } from './weighted-rules.ts';

const GATEWAY_API_VERSION = 'gateway.networking.k8s.io/v1';

/** Whether this Rollout controls the object. */
export function isOwnedBy(object: KubeObject, rollout: RoutedRollout): boolean {
  return object.metadata.ownerReferences?.some((owner) => owner.uid === rollout.uid && owner.controller === true) === true;
}

/**
 * The generated route as its configuration says, everything on stable. Every default of the API is written, so that what comes back is what was written.
 * `live` lends its metadata and what the API server knows; without it a new object is made.
 */
export function generatedRoute(
  config: GatewayGeneratedRoute,
  rollout: RoutedRollout,
  sides: Sides,
  live: KubeObject | undefined,
): KubeObject {
  const backend = (name: string, weight: number): Json => ({ group: '', kind: 'Service', name, port: config.port, weight });
  const matches = config.matches === undefined || config.matches.length === 0 ? defaultMatches(config.kind) : { matches: config.matches };
  const spec = {
    parentRefs: config.parentRefs.map((parent) => ({ group: 'gateway.networking.k8s.io', kind: 'Gateway', ...parent })),
    ...(config.hostnames === undefined || config.hostnames.length === 0 ? {} : { hostnames: config.hostnames }),
    rules: [{ ...matches, backendRefs: [backend(sides.stable, rollout.maxWeight), backend(sides.canary, 0)] }],
  };
  return live === undefined ? { ...newObject(config, rollout), spec } : { ...live, spec };
}

function defaultMatches(kind: GatewayGeneratedRoute['kind']): Json {
  return kind === 'HTTPRoute' ? { matches: [{ path: { type: 'PathPrefix', value: '/' } }] } : {};
}

function newObject(config: GatewayGeneratedRoute, rollout: RoutedRollout): KubeObject {
  return {
    apiVersion: GATEWAY_API_VERSION,
    kind: config.kind,
    metadata: {
      name: config.name,
      namespace: rollout.namespace,
      ownerReferences: [
        { apiVersion: API_VERSION, kind: 'Rollout', name: rollout.name, uid: rollout.uid, controller: true, blockOwnerDeletion: true },
      ],
    },
  };
}
