import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { POD_TEMPLATE_HASH } from '../../../src/api/labels.ts';
import type { KubeObject } from '../../../src/api/metadata.ts';
import { behaviourOf, imageOf } from './behaviour.ts';
import { createPodMetrics } from './pod-metrics.ts';

const PORT = 8080;

/** One pod that answers on its own address. */
export interface ServedPod {
  /** The pod as it is now: its annotations may have changed. */
  pod: KubeObject;
  state(): Readonly<Record<string, unknown>>;
  /** As after SIGTERM: what is under way is still answered. */
  stop(): void;
}

/** Listens on `address` in place of the pod's container. */
export function servePod(first: KubeObject, address: string, onError: (error: Error) => void): ServedPod {
  const metrics = createPodMetrics();
  // Failures are spread evenly and never drawn: ten requests at 0.2 hold exactly two.
  let owed = 0;
  const served: ServedPod = {
    pod: first,
    state: () => ({
      pod: served.pod.metadata.name,
      namespace: served.pod.metadata.namespace,
      address,
      hash: served.pod.metadata.labels?.[POD_TEMPLATE_HASH],
      image: imageOf(served.pod),
      codes: metrics.counts(),
    }),
    stop: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
  const answer = (response: ServerResponse): void => {
    const { errorRate, errorCode, latencyMs, jitterMs } = behaviourOf(served.pod);
    const began = performance.now();
    owed += errorRate;
    const fails = owed >= 1 - 1e-9;
    if (fails) owed -= 1;
    const code = fails ? errorCode : 200;
    const finish = (): void => {
      const { name, labels } = served.pod.metadata;
      response.writeHead(code, { 'content-type': 'application/json', 'x-pod': name });
      response.end(`${JSON.stringify({ pod: name, hash: labels?.[POD_TEMPLATE_HASH], image: imageOf(served.pod) })}\n`);
      metrics.observe(code, (performance.now() - began) / 1000);
    };
    const wait = latencyMs + Math.random() * jitterMs;
    if (wait > 0) setTimeout(finish, wait);
    else finish();
  };
  const server = createServer((request: IncomingMessage, response) => {
    if (request.url === '/metrics') response.setHeader('content-type', 'text/plain; version=0.0.4').end(metrics.page());
    else answer(response);
  });
  server.on('error', onError);
  server.listen(PORT, address);
  return served;
}
