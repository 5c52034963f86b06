import { POD } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { type Instant, instant, type Millis, millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { stableJson } from '../cluster/stable-json.ts';
import type { Mirror, Mirrored } from './mirror.ts';
import { type PodBehaviour, type PodState, podStateAt } from './pod-behaviour.ts';
import { podStatusOf } from './pod-status.ts';
import { isDeleting, type PodView, readiness } from './workload-views.ts';

/** Keeps a deleted pod in the API until its grace is over: the port's delete has no grace period. */
export const POD_FINALIZER = 'sim.sluice.dev/kubelet';
/** Annotation: the port that this one pod serves on, when its hook chose one. */
export const POD_PORT = 'sim.sluice.dev/port';

const FIELD_MANAGER = 'kubelet';

/** Where a pod can be reached. */
export interface PodAddress {
  readonly ip: string;
  /** Replaces the ports of the Services for this pod. */
  readonly port?: number | undefined;
}

/** What the user of a world does when pods come and go; the demo starts and stops real servers here. */
export interface PodHooks {
  /** The container starts; the answer becomes the pod's address. Without one it gets an address of its own. */
  readonly onPodStart?: (pod: KubeObject) => Promise<PodAddress | undefined>;
  readonly onPodReady?: (pod: KubeObject) => void;
  /** The pod is gone from the API, or the world stopped; called once for each started pod. */
  readonly onPodGone?: (pod: KubeObject) => Promise<void> | void;
}

interface Running {
  readonly uid: string;
  pod: KubeObject;
  since: Instant;
  /** Of the container, from `since`; none once it runs. */
  startDelay: Millis;
  behaviour: PodBehaviour;
  started: boolean;
  address: PodAddress | undefined;
  deletionSeen: Instant | undefined;
}

export interface Kubelet {
  reconcile(key: string): Promise<Millis | undefined>;
  /** Tells the hooks that everything still running is gone. */
  stop(): Promise<void>;
}

export interface KubeletOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly pods: Mirror<PodView>;
  readonly behaviour: (pod: KubeObject) => PodBehaviour;
  readonly hooks: PodHooks;
  /** From creation to the container's start. */
  readonly startDelay: Millis;
  /** From deletion to the pod's end. */
  readonly terminationDelay: Millis;
  /** Extra time before the start, drawn once a pod. */
  readonly jitter: () => Millis;
}

class PodRunner implements Kubelet {
  readonly #options: KubeletOptions;
  readonly #running = new Map<string, Running>();
  #addresses = 0;

  constructor(options: KubeletOptions) {
    this.#options = options;
  }

  async reconcile(key: string): Promise<Millis | undefined> {
    const pod = this.#options.pods.get(key);
    const known = this.#running.get(key);
    if (known !== undefined && known.uid !== pod?.view.metadata.uid) await this.#gone(key, known);
    if (pod === undefined) return undefined;
    const local = this.#localOf(key, pod);
    return isDeleting(pod.view) ? this.#terminate(pod, local) : this.#live(key, pod, local);
  }

  async stop(): Promise<void> {
    for (const [key, local] of Array.from(this.#running)) await this.#gone(key, local);
  }

  #nextAddress(): PodAddress {
    this.#addresses += 1;
    return { ip: `10.244.${Math.floor(this.#addresses / 254) % 256}.${(this.#addresses % 254) + 1}` };
  }

  async #gone(key: string, local: Running): Promise<void> {
    this.#running.delete(key);
    if (local.address !== undefined) await this.#options.hooks.onPodGone?.(local.pod);
  }

  #localOf(key: string, pod: Mirrored<PodView>): Running {
    const uid = pod.view.metadata.uid ?? '';
    const wanted = this.#options.behaviour(pod.raw);
    let local = this.#running.get(key);
    if (local === undefined) {
      const since = instant(this.#options.clock.now() + this.#options.jitter());
      local = {
        uid,
        pod: pod.raw,
        since,
        startDelay: this.#options.startDelay,
        behaviour: wanted,
        started: false,
        address: undefined,
        deletionSeen: undefined,
      };
      this.#running.set(key, local);
    }
    local.pod = pod.raw;
    if (JSON.stringify(wanted) !== JSON.stringify(local.behaviour)) {
      local.behaviour = wanted;
      local.since = this.#options.clock.now();
      if (local.started) local.startDelay = millis(0);
    }
    return local;
  }

  async #terminate(pod: Mirrored<PodView>, local: Running): Promise<Millis | undefined> {
    local.deletionSeen ??= this.#options.clock.now();
    const left = local.deletionSeen + this.#options.terminationDelay - this.#options.clock.now();
    if (left > 0) return millis(left);
    const finalizers = (pod.view.metadata.finalizers ?? []).filter((name) => name !== POD_FINALIZER);
    if (finalizers.length === (pod.view.metadata.finalizers ?? []).length) return undefined;
    const { namespace, name, resourceVersion } = pod.view.metadata;
    const patch = { type: 'merge', body: { metadata: { resourceVersion, finalizers } } } as const;
    await this.#options.cluster.patch(POD, { namespace, name }, patch, { fieldManager: FIELD_MANAGER });
    return undefined;
  }

  async #start(pod: Mirrored<PodView>, local: Running): Promise<void> {
    local.started = true;
    if (local.address !== undefined) return;
    local.address = (await this.#options.hooks.onPodStart?.(pod.raw)) ?? this.#nextAddress();
    if (local.address.port === undefined) return;
    const { namespace, name } = pod.view.metadata;
    const body = { metadata: { annotations: { [POD_PORT]: String(local.address.port) } } };
    this.#options.pods.absorb(
      await this.#options.cluster.patch(POD, { namespace, name }, { type: 'merge', body }, { fieldManager: FIELD_MANAGER }),
    );
  }

  async #report(key: string, local: Running, state: PodState): Promise<void> {
    const pod = this.#options.pods.get(key);
    if (pod === undefined) return;
    const status = podStatusOf(pod.view, state, local.address?.ip, this.#options.clock.now());
    if (sameStatus(pod.view, status)) return;
    const wasReady = readiness(pod.view).ready;
    const written = await this.#options.cluster.update(POD, { ...pod.raw, status }, { fieldManager: FIELD_MANAGER, subresource: 'status' });
    this.#options.pods.absorb(written);
    local.pod = written;
    if (state.ready && !wasReady) this.#options.hooks.onPodReady?.(written);
  }

  async #live(key: string, pod: Mirrored<PodView>, local: Running): Promise<Millis | undefined> {
    const wait = local.since - this.#options.clock.now();
    if (wait > 0) return millis(wait);
    const state = podStateAt(local.behaviour, millis(-wait), local.startDelay);
    if (state.phase === 'Running') await this.#start(pod, local);
    await this.#report(key, local, state);
    return state.nextIn;
  }
}

/** Emulates scheduler and kubelet: runs each pod as `behaviour` says, and removes it when its grace is over. */
export function createKubelet(options: KubeletOptions): Kubelet {
  return new PodRunner(options);
}

const TIMES = new Set(['startedAt', 'finishedAt', 'lastTransitionTime', 'startTime']);

/** Whether the API already shows this state: what the kubelet would write differs in nothing but times. */
function sameStatus(pod: PodView, wanted: Readonly<Record<string, unknown>>): boolean {
  const withoutTimes = (status: unknown): string =>
    stableJson(JSON.parse(JSON.stringify(status, (name, value: unknown) => (TIMES.has(name) ? undefined : value))));
  return withoutTimes(wanted) === withoutTimes(Object.fromEntries(Object.keys(wanted).map((field) => [field, pod.status[field]])));
}
