import { POD_TEMPLATE_HASH } from '../api/labels.ts';
import type { KubeObject } from '../api/metadata.ts';
import type { ScrapeTarget } from '../sim/metrics/scraper.ts';
import type { PodHooks } from '../sim/world/kubelet.ts';
import type { Backend } from './load-client.ts';
import { type PodServer, startPodServer } from './pod-server.ts';

interface RunningPod {
  readonly server: PodServer;
  readonly labels: Readonly<Record<string, string>>;
}

/** The demo's Pods: each is a real HTTP server on loopback for as long as the Pod exists. */
export interface DemoPods {
  readonly hooks: PodHooks;
  /** Where the Pods of these names answer. */
  backends(names: readonly string[]): readonly Backend[];
  /** What Prometheus scrapes, with the labels that its Kubernetes discovery would give. */
  targets(): readonly ScrapeTarget[];
  close(): Promise<void>;
}

/** `errorRateOf` says which share of its answers a Pod gets wrong, by its image. */
export function createDemoPods(errorRateOf: (image: string) => number): DemoPods {
  const pods = new Map<string, RunningPod>();
  const forget = async (name: string): Promise<void> => {
    const pod = pods.get(name);
    pods.delete(name);
    await pod?.server.close();
  };
  return {
    hooks: {
      onPodStart: async (pod) => {
        const server = await startPodServer({ errorRate: errorRateOf(imageOf(pod)) });
        pods.set(pod.metadata.name, { server, labels: pod.metadata.labels ?? {} });
        return { ip: '127.0.0.1', port: server.port };
      },
      onPodGone: (pod) => forget(pod.metadata.name),
    },
    backends: (names) =>
      names.flatMap((name) => {
        const pod = pods.get(name);
        return pod === undefined ? [] : [{ pod: name, port: pod.server.port }];
      }),
    targets: () =>
      [...pods].map(([name, pod]) => ({
        url: `http://127.0.0.1:${pod.server.port}/metrics`,
        labels: { pod: name, service: pod.labels['app'] ?? '', pod_template_hash: pod.labels[POD_TEMPLATE_HASH] ?? '' },
      })),
    close: async () => {
      await Promise.all([...pods.keys()].map(forget));
    },
  };
}

/** Image of the Pod's first container; '' when it has none. */
function imageOf(pod: KubeObject): string {
  const spec = pod['spec'];
  if (typeof spec !== 'object' || spec === null || !('containers' in spec) || !Array.isArray(spec.containers)) return '';
  const [container]: unknown[] = spec.containers;
  return typeof container === 'object' && container !== null && 'image' in container && typeof container.image === 'string'
    ? container.image
    : '';
}
