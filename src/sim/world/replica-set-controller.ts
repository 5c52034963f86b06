import { POD, REPLICA_SET } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { type Instant, type Millis, millis, parseInstant } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { isSluiceError } from '../../ports/errors.ts';
import { derivedSuffix } from './derived-suffix.ts';
import { POD_FINALIZER } from './kubelet.ts';
import type { Mirror, Mirrored } from './mirror.ts';
import { isDeleting, type PodView, type ReplicaSetView, readiness } from './workload-views.ts';

const FIELD_MANAGER = 'kube-controller-manager';
const NAME_TRIES = 20;

type Pod = Mirrored<PodView>;

/** uid of the object that controls this one. */
export function controllerUid(object: Pick<KubeObject, 'metadata'>): string | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true)?.uid;
}

/** Which pods go first, as Kubernetes ranks them: not ready before ready, then the newest. */
export function deletionOrder(left: PodView, right: PodView): number {
  const [a, b] = [readiness(left), readiness(right)];
  if (a.ready !== b.ready) return a.ready ? 1 : -1;
  if (left.status.phase !== right.status.phase) return left.status.phase === 'Pending' ? -1 : 1;
  const newest = (pod: PodView, since: string | undefined): string =>
    `${since ?? ''} ${pod.metadata.creationTimestamp ?? ''} ${pod.metadata.name}`;
  return newest(left, a.since) > newest(right, b.since) ? -1 : 1;
}

interface Availability {
  readonly available: number;
  /** Until the next ready pod counts as available. */
  readonly nextIn: Millis | undefined;
}

function availability(pods: readonly Pod[], minReadySeconds: number, now: Instant): Availability {
  let available = 0;
  let nextIn: Millis | undefined;
  for (const { view } of pods) {
    const { ready, since } = readiness(view);
    if (!ready) continue;
    const left = (parseInstant(since) ?? now) + minReadySeconds * 1000 - now;
    if (minReadySeconds === 0 || left <= 0) available += 1;
    else nextIn = millis(Math.min(left, nextIn ?? left));
  }
  return { available, nextIn };
}

function podOf(owner: ReplicaSetView, name: string): KubeObject {
  const { template } = owner.spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: owner.metadata.namespace,
      ...(template.metadata?.labels === undefined ? {} : { labels: template.metadata.labels }),
      ...(template.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: owner.metadata.name,
          uid: owner.metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      finalizers: [POD_FINALIZER],
    },
    spec: template.spec ?? { containers: [] },
  };
}

/** What a ReplicaSet's status says of its pods; like the real controller's it counts the pods from before this round's creations and deletions. */
function statusOf(owner: ReplicaSetView, pods: readonly Pod[], available: number): Record<string, number> {
  return {
    replicas: pods.length,
    fullyLabeledReplicas: pods.length,
    readyReplicas: pods.filter((pod) => readiness(pod.view).ready).length,
    availableReplicas: available,
    observedGeneration: owner.metadata.generation ?? 0,
  };
}

export interface ReplicaSetControllerOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly replicaSets: Mirror<ReplicaSetView>;
  readonly pods: Mirror<PodView>;
}

class ReplicaSetController {
  readonly #options: ReplicaSetControllerOptions;
  /** Deletions sent whose pods the mirror still shows as running. */
  readonly #removing = new Set<string>();
  /** How many names each ReplicaSet gave away. */
  readonly #named = new Map<string, number>();

  constructor(options: ReplicaSetControllerOptions) {
    this.#options = options;
    options.pods.onChange((_, previous, current) => {
      if (current === undefined) this.#removing.delete(previous?.view.metadata.uid ?? '');
    });
  }

  async reconcile(key: string): Promise<Millis | undefined> {
    const { replicaSets, pods, clock } = this.#options;
    const found = replicaSets.get(key);
    if (found === undefined || isDeleting(found.view)) return undefined;
    const owner = found.view;
    const active = pods
      .list()
      .filter(
        (pod) => controllerUid(pod.raw) === owner.metadata.uid && !isDeleting(pod.view) && !this.#removing.has(pod.view.metadata.uid ?? ''),
      );
    const { available, nextIn } = availability(active, owner.spec.minReadySeconds, clock.now());
    await this.#resize(owner, active);
    const latest = replicaSets.get(key);
    if (latest !== undefined) await this.#writeStatus(latest.raw, latest.view, statusOf(owner, active, available));
    return nextIn;
  }

  async #createPod(owner: ReplicaSetView): Promise<void> {
    const uid = owner.metadata.uid ?? '';
    for (let tries = 0; tries < NAME_TRIES; tries += 1) {
      const count = this.#named.get(uid) ?? 0;
      this.#named.set(uid, count + 1);
      const name = `${owner.metadata.name.slice(0, 240)}-${derivedSuffix(`${owner.metadata.namespace}/${owner.metadata.name} ${count}`)}`;
      try {
        this.#options.pods.absorb(await this.#options.cluster.create(POD, podOf(owner, name), { fieldManager: FIELD_MANAGER }));
        return;
      } catch (error) {
        if (!isSluiceError(error, 'already_exists')) throw error;
      }
    }
  }

  async #removePod(pod: Pod): Promise<void> {
    const { namespace, name, uid = '' } = pod.view.metadata;
    this.#removing.add(uid);
    try {
      await this.#options.cluster.remove(POD, { namespace, name }, { preconditions: { uid } });
    } catch (error) {
      if (isSluiceError(error, 'not_found') || isSluiceError(error, 'conflict')) return;
      this.#removing.delete(uid);
      throw error;
    }
  }

  async #resize(owner: ReplicaSetView, active: readonly Pod[]): Promise<void> {
    for (let missing = owner.spec.replicas - active.length; missing > 0; missing -= 1) await this.#createPod(owner);
    const surplus = Math.max(0, active.length - owner.spec.replicas);
    for (const pod of [...active].sort((left, right) => deletionOrder(left.view, right.view)).slice(0, surplus)) await this.#removePod(pod);
  }

  async #writeStatus(raw: KubeObject, owner: ReplicaSetView, wanted: Record<string, number>): Promise<void> {
    if (Object.entries(wanted).every(([field, value]) => owner.status?.[field] === value)) return;
    const next = { ...raw, status: { ...owner.status, ...wanted } };
    const written = await this.#options.cluster.update(REPLICA_SET, next, { fieldManager: FIELD_MANAGER, subresource: 'status' });
    this.#options.replicaSets.absorb(written);
  }
}

/** Emulates the ReplicaSet controller: answers how to bring one ReplicaSet, named by its key, to its size and its status up to date. */
export function createReplicaSetController(options: ReplicaSetControllerOptions): (key: string) => Promise<Millis | undefined> {
  const controller = new ReplicaSetController(options);
  return (key) => controller.reconcile(key);
}
