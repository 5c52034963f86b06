import { POD_TEMPLATE_HASH, QUARANTINED, REVISION } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { type RolloutStatus, rolloutStatusSchema } from '../../api/rollout-status.ts';
import { clean } from '../render/escape.ts';
import { listAt, numberAt, recordAt, textAt } from './fields.ts';
import { type PodView, type ReplicaSetView, toPodView, toReplicaSetView } from './replica-set-view.ts';
import { type RevisionConfig, toRevisionConfig } from './revision-config.ts';
import { type RunView, toRunView } from './run-view.ts';

export type Role = 'stable' | 'canary' | 'active' | 'preview' | 'old';

/** One revision and what stands in the cluster for it. */
export interface RevisionView {
  readonly hash: string;
  /** The number that people see; undefined until the controller gave one. */
  readonly ordinal: number | undefined;
  readonly role: Role;
  readonly quarantined: boolean;
  readonly replicaSet: ReplicaSetView | undefined;
  readonly config: RevisionConfig;
  readonly runs: readonly RunView[];
}

/** A Rollout as a person looks at it. Texts are safe to print, except those in `status`, which the renderers clean. */
export interface RolloutView {
  readonly name: string;
  readonly namespace: string;
  readonly createdAt: string | undefined;
  readonly strategy: 'Canary' | 'BlueGreen' | 'Unknown';
  readonly steps: readonly Readonly<Record<string, unknown>>[];
  readonly desiredReplicas: number;
  /** Of a blue-green pause; undefined when it has no end of its own. */
  readonly autoPromotionSeconds: number | undefined;
  /** When the spec was last written, as far as managedFields tell. */
  readonly changedAt: string | undefined;
  readonly deletingSince: string | undefined;
  /** `spec.paused`: paused through Git. */
  readonly specPaused: boolean;
  /** `spec.restartAt`. */
  readonly restartAt: string | undefined;
  readonly generation: number;
  readonly status: RolloutStatus;
  /** The controller has seen this generation. */
  readonly observed: boolean;
  readonly revisions: readonly RevisionView[];
}

/** What one look at the cluster brings. */
export interface RolloutObjects {
  readonly rollout: KubeObject;
  readonly replicaSets: readonly KubeObject[];
  readonly runs: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
}

/** The status with the fields that this version can read; one that it cannot read hides no other. */
export function readStatus(raw: unknown): RolloutStatus {
  const first = rolloutStatusSchema.safeParse(raw);
  if (first.success) return first.data;
  const unreadable = new Set(first.error.issues.map((issue) => String(issue.path[0])));
  const readable = Object.entries(recordAt(raw)).filter(([key]) => !unreadable.has(key));
  const second = rolloutStatusSchema.safeParse({ observedGeneration: -1, ...Object.fromEntries(readable) });
  return second.success ? second.data : { observedGeneration: -1 };
}

/** Whether `object` is controlled by the owner with this uid. */
export function isControlledBy(object: KubeObject, uid: string | undefined): boolean {
  return uid !== undefined && (object.metadata.ownerReferences ?? []).some((owner) => owner.controller === true && owner.uid === uid);
}

/** Whether a revision breached and is held back, by status or by the mark on its ReplicaSet. */
export function isQuarantined(set: KubeObject | undefined, hash: string, status: RolloutStatus): boolean {
  return (
    (status.quarantine ?? []).some((entry) => entry.podTemplateHash === hash) || set?.metadata.annotations?.[QUARANTINED] !== undefined
  );
}

/** Builds the view; revisions come newest first. */
export function toRolloutView(objects: RolloutObjects): RolloutView {
  const { rollout } = objects;
  const status = readStatus(rollout['status']);
  const strategy = recordAt(rollout['spec'], 'strategy');
  const generation = rollout.metadata.generation ?? 0;
  return {
    name: clean(rollout.metadata.name),
    namespace: clean(rollout.metadata.namespace ?? ''),
    createdAt: rollout.metadata.creationTimestamp ?? undefined,
    strategy: 'canary' in strategy ? 'Canary' : 'blueGreen' in strategy ? 'BlueGreen' : 'Unknown',
    steps: listAt(strategy, 'canary', 'steps').map((step) => recordAt(step)),
    desiredReplicas: numberAt(rollout, 'spec', 'replicas') ?? 1,
    autoPromotionSeconds: numberAt(strategy, 'blueGreen', 'autoPromotionSeconds'),
    changedAt: changedAt(rollout),
    deletingSince: rollout.metadata.deletionTimestamp ?? undefined,
    restartAt: textAt(rollout, 'spec', 'restartAt'),
    specPaused: recordAt(rollout, 'spec')['paused'] === true,
    generation,
    status,
    observed: status.observedGeneration >= generation && status.observedGeneration !== -1,
    revisions: toRevisions(objects, status),
  };
}

/** The newest write of anything but a subresource; the creation where that is not told. */
function changedAt(rollout: KubeObject): string | undefined {
  const writes = listAt(rollout.metadata, 'managedFields').filter((entry) => (textAt(entry, 'subresource') ?? '') === '');
  const times = writes.map((entry) => textAt(entry, 'time')).filter((time) => time !== undefined);
  return times.toSorted().at(-1) ?? rollout.metadata.creationTimestamp ?? undefined;
}

function toRevisions(objects: RolloutObjects, status: RolloutStatus): RevisionView[] {
  const uid = objects.rollout.metadata.uid;
  const pods = objects.pods.map((pod) => ({ owner: pod, view: toPodView(pod) }));
  const sets = objects.replicaSets.filter((set) => isControlledBy(set, uid));
  const runs = objects.runs.filter((run) => isControlledBy(run, uid));
  const hashes = new Set([...sets, ...runs].map(hashOf).filter((hash) => hash !== undefined));
  const revisions = [...hashes].map((hash): RevisionView => {
    const set = sets.find((candidate) => hashOf(candidate) === hash);
    const own = runs.filter((run) => hashOf(run) === hash);
    const earlier = set === undefined ? undefined : before(set, sets);
    const podsOf = (setUid: string | undefined): PodView[] =>
      pods.filter((pod) => isControlledBy(pod.owner, setUid)).map((pod) => pod.view);
    return {
      hash: clean(hash),
      ordinal: ordinalOf(set ?? own[0]),
      role: roleOf(hash, status),
      quarantined: isQuarantined(set, hash, status),
      config: set === undefined ? NO_CONFIG : toRevisionConfig(set, earlier),
      replicaSet: set === undefined ? undefined : toReplicaSetView(set, podsOf(set.metadata.uid), status.scaleDown?.[hash]),
      runs: own.map(toRunView).sort((left, right) => compareText(right.createdAt, left.createdAt) || compareText(right.name, left.name)),
    };
  });
  return revisions.sort((left, right) => (right.ordinal ?? 0) - (left.ordinal ?? 0) || compareText(left.hash, right.hash));
}

const NO_CONFIG: RevisionConfig = { objects: [], only: false };

/** The ReplicaSet of the newest revision that is older than this one. */
function before(set: KubeObject, sets: readonly KubeObject[]): KubeObject | undefined {
  const own = ordinalOf(set) ?? 0;
  const earlier = sets.filter((other) => (ordinalOf(other) ?? own) < own);
  return earlier.toSorted((left, right) => (ordinalOf(right) ?? 0) - (ordinalOf(left) ?? 0))[0];
}

function roleOf(hash: string, status: RolloutStatus): Role {
  if (hash === status.blueGreen?.activeSelector) return 'active';
  if (hash === status.blueGreen?.previewSelector) return 'preview';
  if (hash === status.stableRS) return 'stable';
  return hash === status.currentPodHash ? 'canary' : 'old';
}

function hashOf(object: KubeObject): string | undefined {
  return object.metadata.labels?.[POD_TEMPLATE_HASH];
}

function ordinalOf(object: KubeObject | undefined): number | undefined {
  const text = textAt(object?.metadata.annotations, REVISION);
  return text !== undefined && /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined;
}

function compareText(left: string | undefined, right: string | undefined): number {
  return (left ?? '') < (right ?? '') ? -1 : (left ?? '') > (right ?? '') ? 1 : 0;
}
