import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { SERVICE_NAME } from '../world/endpoint-slice-controller.ts';
import { viewEndpointSlice } from '../world/workload-views.ts';
import type { AppliedRoute } from './applied-config.ts';

/** Where requests end: shares between 0 and 1 that sum to 1, or to 0 when nothing sends any. */
export interface Traffic {
  /** By the pod-template-hash of the pods that answer; `''` for pods without one. */
  readonly byHash: ReadonlyMap<string, number>;
  /** Share answered with 503: a backend without ready endpoints, or no weight at all. */
  readonly failed: number;
}

/** The objects that decide where a request to a Service ends. */
export interface Endpoints {
  readonly slices: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
}

/** Whether a pod has the labels of a subset; one without labels, or none at all, has every pod. */
export function isInSubset(pod: KubeObject, labels: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(labels).every(([name, value]) => pod.metadata.labels?.[name] === value);
}

/** Ready endpoints of the Service `namespace/name`, by the pod-template-hash of their pods; of a subset those of pods with its labels. */
export function readyByHash(service: string, endpoints: Endpoints, subset?: Readonly<Record<string, string>>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const pods = endpoints.pods.filter((pod) => isInSubset(pod, subset));
  const hashes = new Map(
    pods.map((pod) => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod.metadata.labels?.[POD_TEMPLATE_HASH] ?? '']),
  );
  for (const slice of endpoints.slices) {
    const { namespace, labels } = slice.metadata;
    if (`${namespace}/${labels?.[SERVICE_NAME]}` !== service) continue;
    for (const endpoint of viewEndpointSlice(slice)?.endpoints ?? []) {
      if (endpoint.conditions.ready === false) continue;
      const pod = `${namespace}/${endpoint.targetRef?.name}`;
      if (subset !== undefined && !hashes.has(pod)) continue;
      const hash = hashes.get(pod) ?? '';
      counts.set(hash, (counts.get(hash) ?? 0) + 1);
    }
  }
  return counts;
}

/** Requests to a Service spread evenly over its ready endpoints: the traffic of a canary by replica counts. */
export function serviceTraffic(service: string, endpoints: Endpoints): Traffic {
  return split([{ service, share: 1 }], endpoints);
}

/** Requests to a route by the weights that its data plane applied; every rule gets the same number of requests. */
export function routeTraffic(namespace: string, route: AppliedRoute | undefined, endpoints: Endpoints): Traffic {
  const rules = route?.rules ?? [];
  const backends = rules.flatMap((rule): readonly Share[] => {
    const total = rule.backends.reduce((sum, backend) => sum + backend.weight, 0);
    if (total === 0) return [{ service: '', share: 1 / rules.length }];
    return rule.backends.map(({ service, weight, subset }) => ({
      service: `${namespace}/${service}`,
      share: weight / total / rules.length,
      subset: subset?.labels,
    }));
  });
  return split(backends, endpoints);
}

interface Share {
  readonly service: string;
  readonly share: number;
  readonly subset?: Readonly<Record<string, string>> | undefined;
}

function split(backends: readonly Share[], endpoints: Endpoints): Traffic {
  const byHash = new Map<string, number>();
  let failed = 0;
  for (const { service, share, subset } of backends) {
    if (share === 0) continue;
    const ready = readyByHash(service, endpoints, subset);
    const total = [...ready.values()].reduce((sum, count) => sum + count, 0);
    if (total === 0) failed += share;
    for (const [hash, count] of ready) byHash.set(hash, (byHash.get(hash) ?? 0) + (share * count) / total);
  }
  return { byHash, failed };
}
