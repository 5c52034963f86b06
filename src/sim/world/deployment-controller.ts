import { DEPLOYMENT, REPLICA_SET } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { stableJson } from '../cluster/stable-json.ts';
import { derivedSuffix } from './derived-suffix.ts';
import type { Mirror, Mirrored } from './mirror.ts';
import { controllerUid } from './replica-set-controller.ts';
import { type DeploymentView, isDeleting, type ReplicaSetView } from './workload-views.ts';

const FIELD_MANAGER = 'kube-controller-manager';
/** Label of a Deployment's own ReplicaSets and their pods. */
const HASH = 'pod-template-hash';
const SHARE = 25;

type Set = Mirrored<ReplicaSetView>;

interface Parts {
  readonly cluster: Cluster;
  readonly deployments: Mirror<DeploymentView>;
  readonly replicaSets: Mirror<ReplicaSetView>;
}

function count(set: Set, field: 'replicas' | 'readyReplicas' | 'availableReplicas'): number {
  const value = set.view.status?.[field];
  return typeof value === 'number' ? value : 0;
}

function total(sets: readonly Set[], of: (set: Set) => number): number {
  return sets.reduce((sum, set) => sum + of(set), 0);
}

function replicaSetOf(owner: DeploymentView, hash: string, replicas: number): KubeObject {
  const { metadata, spec } = owner;
  const labels = { ...spec.template.metadata?.labels, [HASH]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace,
      labels,
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: metadata.name,
          uid: metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      replicas,
      minReadySeconds: spec.minReadySeconds,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [HASH]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  };
}

/** The next sizes of a rolling update with 25% surge and 25% unavailable: the new one grows as far as there is room, the old ones give what is spare. */
function nextSizes(
  replicas: number,
  current: Set | undefined,
  old: readonly Set[],
): { readonly current: number; readonly old: readonly number[] } {
  const surge = Math.ceil((replicas * SHARE) / 100);
  const needed = replicas - Math.floor((replicas * SHARE) / 100);
  const oldSize = total(old, (set) => set.view.spec.replicas);
  const size = current?.view.spec.replicas ?? 0;
  const grown = Math.max(0, Math.min(replicas, oldSize === 0 ? replicas : replicas + surge - oldSize));
  const available =
    total(old, (set) => count(set, 'availableReplicas')) + (current === undefined ? 0 : count(current, 'availableReplicas'));
  let spare = replicas === 0 ? oldSize : Math.max(0, available - needed);
  const sizes = old.map((set) => {
    const { replicas: had } = set.view.spec;
    // Pods that are not available go first and cost nothing.
    const dead = Math.max(0, had - count(set, 'availableReplicas'));
    const taken = Math.min(had, dead + spare);
    spare -= Math.max(0, taken - dead);
    return had - taken;
  });
  return { current: size > replicas ? replicas : Math.max(size, grown), old: sizes };
}

class DeploymentController {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async reconcile(key: string): Promise<undefined> {
    const { deployments, replicaSets } = this.#parts;
    const found = deployments.get(key);
    if (found === undefined || isDeleting(found.view)) return undefined;
    const own = replicaSets.list().filter((set) => controllerUid(set.raw) === found.view.metadata.uid && !isDeleting(set.view));
    const hash = derivedSuffix(stableJson(found.view.spec.template));
    const current = own.find((set) => set.view.metadata.labels?.[HASH] === hash);
    const old = own.filter((set) => set !== current);
    const sizes = nextSizes(found.view.spec.replicas, current, old);
    if (current === undefined) {
      const fresh = replicaSetOf(found.view, hash, sizes.current);
      replicaSets.absorb(await this.#parts.cluster.create(REPLICA_SET, fresh, { fieldManager: FIELD_MANAGER }));
    } else {
      await this.#scale(current, sizes.current);
    }
    for (const [index, set] of old.entries()) await this.#scale(set, sizes.old[index] ?? 0);
    await this.#writeStatus(found, own, current);
    return undefined;
  }

  async #scale(set: Set, to: number): Promise<void> {
    if (set.view.spec.replicas === to) return;
    const { namespace, name, resourceVersion } = set.view.metadata;
    const patch = { type: 'merge', body: { metadata: { resourceVersion }, spec: { replicas: to } } } as const;
    const written = await this.#parts.cluster.patch(REPLICA_SET, { namespace, name }, patch, { fieldManager: FIELD_MANAGER });
    this.#parts.replicaSets.absorb(written);
  }

  async #writeStatus({ raw, view }: Mirrored<DeploymentView>, own: readonly Set[], current: Set | undefined): Promise<void> {
    const wanted = {
      replicas: total(own, (set) => count(set, 'replicas')),
      updatedReplicas: current === undefined ? 0 : count(current, 'replicas'),
      readyReplicas: total(own, (set) => count(set, 'readyReplicas')),
      availableReplicas: total(own, (set) => count(set, 'availableReplicas')),
      observedGeneration: view.metadata.generation ?? 0,
    };
    if (Object.entries(wanted).every(([field, value]) => (view.status?.[field] ?? 0) === value)) return;
    const next = { ...raw, status: { ...view.status, ...wanted } };
    const options = { fieldManager: FIELD_MANAGER, subresource: 'status' } as const;
    this.#parts.deployments.absorb(await this.#parts.cluster.update(DEPLOYMENT, next, options));
  }
}

/** Emulates the Deployment controller: brings the ReplicaSets of one Deployment, named by its key, to its template and size, as a rolling update does. */
export function createDeploymentController(parts: Parts): (key: string) => Promise<undefined> {
  const controller = new DeploymentController(parts);
  return (key) => controller.reconcile(key);
}
