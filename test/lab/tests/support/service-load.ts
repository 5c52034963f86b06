import { Agent, request } from 'node:http';
import { z } from 'zod';
import { ENDPOINT_SLICE } from '../../../../src/api/kinds.ts';
import type { Cluster } from '../../../../src/ports/cluster.ts';

const TICK = 20;
const sliceSchema = z.object({
  metadata: z.object({ name: z.string() }),
  endpoints: z
    .array(z.object({ addresses: z.array(z.string()).min(1), conditions: z.object({ ready: z.boolean().optional() }).optional() }))
    .nullish(),
});
const answerSchema = z.object({ image: z.string() });

/** One kind of answer: how many, and when the first and the last came (milliseconds since the epoch). */
export interface Tally {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

/** Sends requests at a steady rate whether or not answers come (open loop), to the ready endpoints of a Service in turn: what kube-proxy does. */
export interface ServiceLoad {
  /** By `image code`, or `lost: reason` for requests without an answer. */
  tallies(): Readonly<Record<string, Tally>>;
  /** Forgets what was counted so far. */
  reset(): void;
  stop(): Promise<void>;
}

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

/** Starts the load at `perSecond` requests. */
export function startServiceLoad(cluster: Cluster, namespace: string, service: string, perSecond: number): ServiceLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const tallies = new Map<string, Tally>();
  const stop = new AbortController();
  let backends: readonly string[] = [];
  let [turn, owed] = [0, 0];
  const following = followEndpoints(cluster, namespace, service, (addresses) => (backends = addresses), stop.signal);
  const book = (what: string): void => {
    const now = Date.now();
    const before = tallies.get(what);
    tallies.set(what, { count: (before?.count ?? 0) + 1, first: before?.first ?? now, last: now });
  };
  const send = (host: string): void => {
    const call = request({ host, port: 8080, path: '/', agent, timeout: 5000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        book(`${answerSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8'))).image} ${response.statusCode}`),
      );
    });
    call.on('timeout', () => call.destroy(new Error('timeout')));
    call.on('error', (error: NodeJS.ErrnoException) => {
      // A kept connection that the other side closed in the same moment: HTTP clients send such a request again.
      if (call.reusedSocket && error.code === 'ECONNRESET') send(host);
      else book(`lost: ${error.code ?? error.message}`);
    });
    call.end();
  };
  const timer = setInterval(() => {
    for (owed += (perSecond * TICK) / 1000; owed >= 1; owed -= 1) {
      turn += 1;
      const host = backends[turn % Math.max(1, backends.length)];
      if (host === undefined) book('lost: no ready endpoint');
      else send(host);
    }
  }, TICK);
  return {
    tallies: () => Object.fromEntries(tallies),
    reset: () => tallies.clear(),
    stop: async () => {
      clearInterval(timer);
      stop.abort();
      await following;
      agent.destroy();
    },
  };
}
