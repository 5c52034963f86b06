import { ENDPOINT_SLICE } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { stableJson } from '../cluster/stable-json.ts';
import { derivedSuffix } from './derived-suffix.ts';
import { POD_PORT } from './kubelet.ts';
import type { Mirror, Mirrored } from './mirror.ts';
import { type EndpointSliceView, isDeleting, type PodView, readiness, type ServiceView, selects } from './workload-views.ts';

const FIELD_MANAGER = 'endpointslice-controller';
const MANAGER_LABEL = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
/** Label on an EndpointSlice: the Service that it belongs to. */
export const SERVICE_NAME = 'kubernetes.io/service-name';

type Port = Readonly<Record<string, unknown>>;

function portsOf(service: ServiceView, override: string | undefined): readonly Port[] {
  return service.spec.ports.map((port) => {
    const target = typeof port.targetPort === 'number' ? port.targetPort : port.port;
    return { name: port.name ?? '', port: override === undefined ? target : Number(override), protocol: port.protocol };
  });
}

function endpointOf(pod: PodView): Record<string, unknown> {
  const { ready } = readiness(pod);
  const terminating = isDeleting(pod);
  return {
    addresses: [pod.status.podIP ?? ''],
    conditions: { ready: ready && !terminating, serving: ready, terminating },
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
  };
}

/** The slices that a Service should have: one for each set of ports that its pods serve on, and at least one. */
function desiredSlices(service: ServiceView, pods: readonly PodView[]): ReadonlyMap<string, KubeObject> {
  const groups = new Map<string | undefined, PodView[]>([[undefined, []]]);
  for (const pod of pods) {
    const port = pod.metadata.annotations?.[POD_PORT];
    groups.set(port, [...(groups.get(port) ?? []), pod]);
  }
  if (groups.size > 1 && groups.get(undefined)?.length === 0) groups.delete(undefined);
  const { name, namespace, uid } = service.metadata;
  const slices = [...groups].map(([port, members]): KubeObject => {
    const ports = portsOf(service, port);
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        name: `${name}-${derivedSuffix(`${namespace}/${name} ${JSON.stringify(ports)}`)}`,
        namespace,
        labels: { [SERVICE_NAME]: name, [MANAGER_LABEL]: MANAGER },
        ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid: uid ?? '', controller: true, blockOwnerDeletion: true }],
      },
      addressType: 'IPv4',
      endpoints: [...members].sort((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1)).map(endpointOf),
      ports,
    };
  });
  return new Map(slices.map((slice) => [slice.metadata.name, slice]));
}

function sameContent(left: KubeObject, right: KubeObject): boolean {
  const content = (slice: KubeObject): string => stableJson([slice['endpoints'] ?? [], slice['ports'] ?? []]);
  return content(left) === content(right);
}

/** Emulates the EndpointSlice controller: keeps the slices of one Service, named by its key, in step with its selector and the pods. */
export function createEndpointSliceController(options: {
  readonly cluster: Cluster;
  readonly services: Mirror<ServiceView>;
  readonly pods: Mirror<PodView>;
  readonly slices: Mirror<EndpointSliceView>;
}): (key: string) => Promise<undefined> {
  const { cluster, services, pods, slices } = options;

  function backing(service: ServiceView): readonly PodView[] {
    return pods
      .list()
      .map((pod) => pod.view)
      .filter((pod) => pod.metadata.namespace === service.metadata.namespace && pod.status.podIP !== undefined)
      .filter((pod) => selects(service.spec.selector, pod.metadata.labels));
  }

  async function write(wanted: KubeObject, existing: Mirrored<EndpointSliceView> | undefined): Promise<void> {
    if (existing === undefined) {
      slices.absorb(await cluster.create(ENDPOINT_SLICE, wanted, { fieldManager: FIELD_MANAGER }));
    } else if (!sameContent(existing.raw, wanted)) {
      const next = { ...existing.raw, endpoints: wanted['endpoints'], ports: wanted['ports'] };
      slices.absorb(await cluster.update(ENDPOINT_SLICE, next, { fieldManager: FIELD_MANAGER }));
    }
  }

  return async (key) => {
    const service = services.get(key);
    if (service === undefined || isDeleting(service.view)) return undefined;
    const { namespace, name } = service.view.metadata;
    const hasSelector = Object.keys(service.view.spec.selector ?? {}).length > 0;
    const wanted = hasSelector ? desiredSlices(service.view, backing(service.view)) : new Map<string, KubeObject>();
    for (const slice of wanted.values()) await write(slice, slices.get(`${namespace}/${slice.metadata.name}`));
    const own = slices.list().filter(({ raw: { metadata } }) => {
      const ours = metadata.labels?.[SERVICE_NAME] === name && metadata.labels[MANAGER_LABEL] === MANAGER;
      return ours && metadata.namespace === namespace;
    });
    for (const slice of own) {
      if (!wanted.has(slice.raw.metadata.name)) await cluster.remove(ENDPOINT_SLICE, { namespace, name: slice.raw.metadata.name });
    }
    return undefined;
  };
}
