import { z } from 'zod';
import { ENDPOINT_SLICE } from '../../../../src/api/kinds.ts';
import type { Cluster } from '../../../../src/ports/cluster.ts';
import { type OpenLoad, startOpenLoad } from './open-load.ts';

const sliceSchema = z.object({
  metadata: z.object({ name: z.string() }),
  endpoints: z
    .array(z.object({ addresses: z.array(z.string()).min(1), conditions: z.object({ ready: z.boolean().optional() }).optional() }))
    .nullish(),
});

async function followEndpoints(
  cluster: Cluster,
  namespace: string,
  service: string,
  seen: (addresses: readonly string[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const labelSelector = `kubernetes.io/service-name=${service}`;
  while (!signal.aborted) {
    try {
      const slices = new Map<string, readonly string[]>();
      const put = (object: unknown, gone: boolean): void => {
        const { metadata, endpoints } = sliceSchema.parse(object);
        if (gone) slices.delete(metadata.name);
        else
          slices.set(
            metadata.name,
            (endpoints ?? []).flatMap(({ addresses, conditions }) => (conditions?.ready === false ? [] : addresses.slice(0, 1))),
          );
        seen([...slices.values()].flat());
      };
      const { items, resourceVersion } = await cluster.list(ENDPOINT_SLICE, { namespace, labelSelector, signal });
      for (const item of items) put(item, false);
      for await (const event of cluster.watch(ENDPOINT_SLICE, { namespace, labelSelector, resourceVersion, signal }))
        if (event.type !== 'BOOKMARK') put(event.object, event.type === 'DELETED');
    } catch {
      // The API server is away: what was known last still serves, as with kube-proxy.
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** Load on a Service: its ready endpoints in turn, which is what kube-proxy does. */
export function startServiceLoad(cluster: Cluster, namespace: string, service: string, perSecond: number): OpenLoad {
  const stop = new AbortController();
  let backends: readonly string[] = [];
  let turn = 0;
  const following = followEndpoints(cluster, namespace, service, (addresses) => (backends = addresses), stop.signal);
  const target = () => {
    turn += 1;
    const host = backends[turn % Math.max(1, backends.length)];
    return host === undefined ? undefined : { host, port: 8080 };
  };
  const load = startOpenLoad({ perSecond, target, again: true });
  return {
    ...load,
    stop: async () => {
      await load.stop();
      stop.abort();
      await following;
    },
  };
}
