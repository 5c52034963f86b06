import type { KubeObject } from '../../api/metadata.ts';
import { clean } from '../render/escape.ts';
import { listAt, numberAt, recordAt, textAt } from './fields.ts';

/** One pod: whether it serves, and why it does not. */
export interface PodView {
  readonly name: string;
  readonly ready: boolean;
  /** `Running`, `Pending`, or the reason that a container waits for: `CrashLoopBackOff`, `ImagePullBackOff`. */
  readonly state: string;
  /** A container cannot start. */
  readonly troubled: boolean;
  readonly restarts: number;
  readonly createdAt: string | undefined;
}

export interface ReplicaSetView {
  readonly name: string;
  readonly desired: number;
  readonly current: number;
  readonly ready: number;
  readonly available: number;
  readonly images: readonly string[];
  readonly createdAt: string | undefined;
  /** When it goes to zero, while it is kept warm. */
  readonly scaleDownAt: string | undefined;
  readonly pods: readonly PodView[];
}

/** Reads a ReplicaSet leniently. */
export function toReplicaSetView(object: KubeObject, pods: readonly PodView[], scaleDownAt: string | undefined): ReplicaSetView {
  return {
    name: clean(object.metadata.name),
    desired: numberAt(object, 'spec', 'replicas') ?? 0,
    current: numberAt(object, 'status', 'replicas') ?? 0,
    ready: numberAt(object, 'status', 'readyReplicas') ?? 0,
    available: numberAt(object, 'status', 'availableReplicas') ?? 0,
    images: imagesOf(recordAt(object, 'spec', 'template')),
    createdAt: object.metadata.creationTimestamp ?? undefined,
    scaleDownAt,
    pods,
  };
}

/** Images of a pod template's containers, in order, each once. */
function imagesOf(template: unknown): string[] {
  const images = listAt(template, 'spec', 'containers').map((container) => textAt(container, 'image'));
  return [...new Set(images.filter((image) => image !== undefined).map((image) => clean(image)))];
}

/** Harmless reasons for which a container waits while it starts. */
const STARTING: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/** Reads a Pod leniently. */
export function toPodView(object: KubeObject): PodView {
  const containers = [...listAt(object, 'status', 'initContainerStatuses'), ...listAt(object, 'status', 'containerStatuses')];
  const waiting = containers.map((container) => textAt(container, 'state', 'waiting', 'reason')).find((reason) => reason !== undefined);
  const phase = object.metadata.deletionTimestamp === undefined ? (textAt(object, 'status', 'phase') ?? 'Unknown') : 'Terminating';
  const ready = listAt(object, 'status', 'conditions').some(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  );
  return {
    name: clean(object.metadata.name),
    ready,
    state: clean(waiting ?? phase),
    troubled: (waiting !== undefined && !STARTING.has(waiting)) || phase === 'Failed',
    restarts: containers.reduce<number>((total, container) => total + (numberAt(container, 'restartCount') ?? 0), 0),
    createdAt: object.metadata.creationTimestamp ?? undefined,
  };
}
