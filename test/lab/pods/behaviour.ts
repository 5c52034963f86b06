import type { KubeObject } from '../../../src/api/metadata.ts';

const PREFIX = 'lab.sluice.dev/';

/** How a pod answers, by its annotations; read at each request, so that a change takes effect at once. */
export interface Behaviour {
  /** Share of answers that fail, in [0, 1]. */
  readonly errorRate: number;
  readonly errorCode: number;
  readonly latencyMs: number;
  /** Up to this much is added to the latency, evenly spread. */
  readonly jitterMs: number;
}

function numberAt(pod: KubeObject, name: string, fallback: number): number {
  const value = Number(pod.metadata.annotations?.[`${PREFIX}${name}`] ?? fallback);
  return Number.isFinite(value) ? value : fallback;
}

/** What the pod's annotations say of its answers. */
export function behaviourOf(pod: KubeObject): Behaviour {
  return {
    errorRate: numberAt(pod, 'error-rate', 0),
    errorCode: numberAt(pod, 'error-code', 500),
    latencyMs: numberAt(pod, 'latency-ms', 0),
    jitterMs: numberAt(pod, 'latency-jitter-ms', 0),
  };
}

function statusOf(pod: KubeObject, name: string): unknown {
  const status = pod['status'];
  return typeof status === 'object' && status !== null ? Reflect.get(status, name) : undefined;
}

/** The address on which the pod has to answer now; undefined when it must not: not started, in trouble, or told to stop without a delay. */
export function addressOf(pod: KubeObject): string | undefined {
  const annotations = pod.metadata.annotations ?? {};
  const inTrouble = annotations[`${PREFIX}fail`] !== undefined;
  // With a delay it serves until it is gone, as a pod with a preStop sleep does.
  const stopping = pod.metadata.deletionTimestamp !== undefined && annotations[`${PREFIX}stop-delay`] === undefined;
  const address = statusOf(pod, 'podIP');
  return !inTrouble && !stopping && statusOf(pod, 'phase') === 'Running' && typeof address === 'string' ? address : undefined;
}

/** The image of the first container, to tell revisions apart. */
export function imageOf(pod: KubeObject): string {
  const match = /"image":"([^"]*)"/.exec(JSON.stringify(pod['spec'] ?? {}));
  return match?.[1] ?? '';
}
