import { parseDuration } from '../../api/duration.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { type Millis, millis } from '../../api/time.ts';
import type { Cluster, ResourceKind } from '../../ports/cluster.ts';
import type { SimCluster } from '../cluster/sim-types.ts';
import type { PodBehaviour } from '../world/pod-behaviour.ts';
import type { PortFault, PortRequest } from './incarnation.ts';
import { kindOf, parseManifests } from './manifests.ts';

/** What the events of a timeline may change. */
export interface Stage {
  readonly sim: SimCluster;
  /** As the person who acts in the scenario. */
  readonly cluster: Cluster;
  /** What the metrics say from now on; undefined for a query without data. */
  readonly metrics: Map<string, number | undefined>;
  /** Pods that match act like this from now on; the latest rule wins. */
  behave(matches: (pod: KubeObject) => boolean, behaviour: PodBehaviour): void;
  /** The next `times` requests of the controller that match fail like this. */
  fault(matches: (request: PortRequest) => boolean, fault: PortFault, times: number): void;
}

export interface Action {
  /** As the log tells it: `apply Rollout web`. */
  readonly what: string;
  readonly act: (stage: Stage) => Promise<unknown> | void;
}

export interface TimelineEvent extends Action {
  /** After the start of the scenario. */
  readonly at: Millis;
}

/** `30s`, `1m30s` or milliseconds. */
export function timeOf(time: string | Millis): Millis {
  const value = typeof time === 'string' ? parseDuration(time) : millis(time);
  if (value === undefined) throw new Error(`'${time}' is not a time; write 30s, 1m30s or 1h`);
  return value;
}

/** Something that happens `time` after the start. */
export function at(time: string | Millis, action: Action): TimelineEvent {
  return { at: timeOf(time), ...action };
}

function splitRef(ref: string): { readonly namespace?: string | undefined; readonly name: string } {
  const [first = '', second] = ref.split('/');
  return second === undefined ? { name: first } : { namespace: first, name: second };
}

/** Applies objects, given as such or as YAML, as `kubectl apply` would. */
export function apply(manifests: string | KubeObject | readonly KubeObject[]): Action {
  const given = typeof manifests === 'string' ? parseManifests(manifests) : manifests;
  const objects: readonly KubeObject[] = 'kind' in given ? [given] : given;
  return {
    what: `apply ${objects.map((object) => `${object.kind} ${object.metadata.name}`).join(', ')}`,
    async act({ cluster }) {
      for (const object of objects) await cluster.apply(kindOf(object), object, { fieldManager: 'kubectl', force: true });
    },
  };
}

/** A merge patch on the object `namespace/name`. */
export function patchObject(kind: ResourceKind, ref: string, body: Readonly<Record<string, unknown>>): Action {
  return {
    what: `patch ${kind.kind} ${splitRef(ref).name} ${JSON.stringify(body)}`,
    act: ({ cluster }) => cluster.patch(kind, splitRef(ref), { type: 'merge', body }, { fieldManager: 'kubectl-edit' }),
  };
}

/** Sets annotations; null removes one. */
export function annotate(kind: ResourceKind, ref: string, annotations: Readonly<Record<string, string | null>>): Action {
  const body = { metadata: { annotations } };
  const list = Object.entries(annotations).map(([name, value]) => (value === null ? `${name}-` : `${name}=${value}`));
  return {
    what: `annotate ${kind.kind} ${splitRef(ref).name} ${list.join(' ')}`,
    act: ({ cluster }) => cluster.patch(kind, splitRef(ref), { type: 'merge', body }, { fieldManager: 'kubectl-annotate' }),
  };
}

/** Deletes the object `namespace/name`. */
export function removeObject(kind: ResourceKind, ref: string): Action {
  return { what: `delete ${kind.kind} ${splitRef(ref).name}`, act: ({ cluster }) => cluster.remove(kind, splitRef(ref)) };
}

/** Pods with this container image act like this from now on. */
export function podsBehave(image: string, behaviour: PodBehaviour): Action {
  return { what: `pods of ${image}: ${behaviour.type}`, act: (stage) => stage.behave(runsImage(image), behaviour) };
}

/** Whether one of the pod's containers runs this image. */
export function runsImage(image: string): (pod: KubeObject) => boolean {
  return (pod) => JSON.stringify(pod['spec'] ?? {}).includes(`"image":${JSON.stringify(image)}`);
}

/** What a metric says from now on; undefined for no data. */
export function metric(name: string, value: number | undefined): Action {
  return {
    what: `metric ${name} = ${value ?? 'no data'}`,
    act: ({ metrics }) => {
      metrics.set(name, value);
    },
  };
}

/** The next `times` requests of the controller that match fail like this. */
export function injectFault(matches: (request: PortRequest) => boolean, fault: PortFault, times = 1): Action {
  return { what: `inject ${faultText(fault)}${times === 1 ? '' : ` ${times} times`}`, act: (stage) => stage.fault(matches, fault, times) };
}

/** Anything else; `what` is how the log tells it. */
export function perform(what: string, act: Action['act']): Action {
  return { what, act };
}

/** A fault as people read it. */
export function faultText(fault: PortFault): string {
  if (fault.type === 'crash') return `crash ${fault.when} the request`;
  if (fault.type === 'delay') return `a delay of ${fault.delay} ms`;
  const applied = fault.applied ? 'applied' : 'not applied';
  return fault.type === 'timeout' ? `timeout (${applied})` : `${fault.status} (${applied})`;
}
