import type { AnalysisRun, AnalysisTemplate, ClusterAnalysisTemplate } from '../../api/analysis.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import type { LabelSelector } from '../../api/label-selector.ts';
import type { OwnerReference } from '../../api/metadata.ts';
import type { Rollout, RolloutSpec, WorkloadRef } from '../../api/rollout.ts';
import type { ServicePort } from '../../api/rollout-service.ts';
import type { Provenance } from '../../api/rollout-status.ts';
import type { RouterName } from '../../api/rollout-traffic.ts';
import type { Instant } from '../../api/time.ts';
import type { RouterReading, SeenRoute } from '../../ports/traffic-router.ts';
import type { ObservedConfig } from '../config/observed-config.ts';
import type { Seen } from '../plan/seen.ts';

/** A ReplicaSet that this Rollout owns, or an orphan that its selector matches. */
export interface ObservedReplicaSet extends Seen {
  readonly owned: boolean;
  /** The `pod-template-hash` label; undefined on a foreign orphan. */
  readonly hash: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
  readonly createdAt: Instant;
  readonly deleting: boolean;
  readonly specReplicas: number;
  readonly minReadySeconds: number;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  /** Available pods that may be counted on: status can be late, and then tells of pods that leave. */
  readonly countable: number;
  readonly generation: number;
  /** Its counts belong to its present generation. */
  readonly statusCurrent: boolean;
  /** Why its pods cannot be made or deleted (a quota, an admission policy), in the words of its own condition; undefined when they can. */
  readonly failure?: PodFailure | undefined;
  readonly template: Readonly<Record<string, unknown>>;
}

/** The condition ReplicaFailure of a ReplicaSet. */
export interface PodFailure {
  readonly reason: string;
  readonly message: string;
}

/** A Service that the strategy names. */
export interface ObservedService extends Seen {
  readonly selector: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Type ExternalName: a name in DNS, whose selector means nothing. */
  readonly external: boolean;
  readonly ports: readonly ServicePort[];
  /** The object that controls it; undefined for one that stands by itself. */
  readonly controller: OwnerReference | undefined;
  /** The field manager that wrote the selector last, when that is not ours. */
  readonly selectorWriter?: string | undefined;
  /** Ready endpoints of this Service's EndpointSlices, of whoever they are. */
  readonly ready: number;
  /** Those of our own pods, by the pod-template-hash of their pods. */
  readonly readyByHash: Readonly<Record<string, number>>;
}

/** The object that `workloadRef` names; its template and selector without the hash that a Deployment puts on its own pods. */
export interface ObservedWorkload extends Seen {
  readonly kind: WorkloadRef['kind'];
  readonly generation: number | undefined;
  readonly deleting: boolean;
  /** One object as long as the workload does not change. */
  readonly template: RolloutSpec['template'];
  /** Of a PodTemplate: undefined. */
  readonly selector: LabelSelector | undefined;
  readonly replicas: number;
  readonly availableReplicas: number;
  /** Its counts belong to its present generation. */
  readonly statusCurrent: boolean;
}

/** What the caches say of a workload. `Unreadable`: its kind is not served or may not be read, `message` says which. */
export type WorkloadReading =
  | { readonly state: 'Found'; readonly workload: ObservedWorkload }
  | { readonly state: 'Missing' }
  | { readonly state: 'Syncing' }
  | { readonly state: 'Unreadable'; readonly message: string };

/** A pod of one of our ReplicaSets, read live: pods are not cached. */
export interface ObservedPod extends Seen {
  /** The ReplicaSet that controls it. */
  readonly ownerUid: string;
  readonly createdAt: Instant;
  readonly deleting: boolean;
  /** Since when it is ready; undefined while it is not. */
  readonly readySince: Instant | undefined;
}

/** An eviction that the API server refused for now. */
export interface EvictionRefusal {
  readonly pod: string;
  readonly message: string;
  /** Of the first refusal in a row. */
  readonly since: Instant;
  /** When it is worth another try, even if nothing changes. */
  readonly until: Instant;
  /** Pods that served when it was refused: more of them are worth another try at once. */
  readonly available: number;
}

/** What a restart looks at, besides the ReplicaSets. */
export interface ObservedRestart {
  /** Every pod that is not over; undefined when this pass did not ask for them. */
  readonly pods: readonly ObservedPod[] | undefined;
  /** Why the pods could not be read. */
  readonly problem: string | undefined;
  readonly refused: EvictionRefusal | undefined;
}

/** The stable revision's ReplicaSet that is there without being ours. */
export interface StrayReplicaSet {
  readonly name: string;
  readonly trouble: string;
  readonly remedy: string;
}

/** A write that the API server refuses for what it says, and that is not tried again for now. */
export interface RefusedWrite {
  readonly type: 'createReplicaSet' | 'createService' | 'setServicePorts' | 'createAnalysisRun';
  readonly name: string;
  /** Why, and what to do. */
  readonly message: string;
  /** An object of somebody else has the name. */
  readonly taken: boolean;
}

/** What the reconciler's own record says of this Rollout's live generation. */
export interface ObservedSource {
  /** The entry whose uid and generation are those of the Rollout; undefined while the record lags. */
  readonly provenance: Provenance | undefined;
  /** The newest commit whose every object was applied, when the record covers the live generation. */
  readonly appliedCommit: string | undefined;
  /** A GitTarget may write this source for this namespace; its name, when there is exactly one or the Rollout names it. */
  readonly gitTarget: string | undefined;
  /** Why there is none: shown where a restore would have been. */
  readonly gitTargetProblem: string | undefined;
  /** The commit of which a GitSync has applied this Rollout, its workload and ConfigMaps only in part; undefined unless there is one. */
  readonly incomplete?: { readonly gitSync: string; readonly commit: string } | undefined;
}

/** Everything that `decideRollout` may look at: read from caches, never changed. */
export interface ObservedRollout {
  /** With `workloadRef`: template and selector as the workload has them; what is written never comes from here. */
  readonly rollout: Rollout;
  /** What `workloadRef` leads to; undefined without one. */
  readonly workload: WorkloadReading | undefined;
  /** Problems that only the controller can find (missing Service, two strategies, Unsupported fields); not empty means `Stalled`. */
  readonly problems: readonly FieldProblem[];
  readonly replicaSets: readonly ObservedReplicaSet[];
  /** By name; undefined for a Service that does not exist or, once `withoutUnusable` has looked, that cannot be used. */
  readonly services: ReadonlyMap<string, ObservedService | undefined>;
  /** Every Service that carries this Rollout's mark, whether the spec still names it or not. */
  readonly managedServices: readonly ObservedService[];
  /** One reading for each router that the strategy names; empty without trafficRouting. */
  readonly traffic: readonly RouterReading[];
  /** Routes that it wrote, that still say so, and that the strategy names no longer; none when absent. */
  readonly formerRoutes?: readonly { readonly router: RouterName; readonly objects: readonly SeenRoute[] }[] | undefined;
  /** Runs that this Rollout owns. */
  readonly analysisRuns: readonly AnalysisRun[];
  readonly templates: ReadonlyMap<string, AnalysisTemplate>;
  readonly clusterTemplates: ReadonlyMap<string, ClusterAnalysisTemplate>;
  readonly source: ObservedSource;
  /** When the wall clock was last seen to jump (set, or stopped with the machine), by itself after the jump; undefined when it never was. */
  readonly clockJumpedAt?: Instant | undefined;
  /** Undefined unless a restart is due. */
  readonly restart?: ObservedRestart | undefined;
  /** Undefined when the stable revision is ours, or gone. */
  readonly stray?: StrayReplicaSet | undefined;
  /** Undefined when nothing is refused. */
  readonly refused?: readonly RefusedWrite[] | undefined;
  /** What the pods' ConfigMaps and Secrets hold; undefined when nothing about this Rollout needs it. */
  readonly config?: ObservedConfig | undefined;
}
