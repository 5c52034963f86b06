import type { AnalysisRun } from '../../api/analysis.ts';
import type { KubeObject, OwnerReference } from '../../api/metadata.ts';
import type { ServicePort } from '../../api/rollout-service.ts';
import type { RouterName } from '../../api/rollout-traffic.ts';
import type { Instant } from '../../api/time.ts';
import type { SeenRoute, TrafficIntent } from '../../ports/traffic-router.ts';
import type { ConfigAction } from './config-action.ts';
import type { Seen } from './seen.ts';

/** So many pods of a ReplicaSet have to serve. */
export interface Relied {
  readonly uid: string;
  readonly name: string;
  readonly hash: string;
  readonly pods: number;
}

/** One effect on the cluster, in the Rollout's namespace. The executor carries uid and resourceVersion on every write and stops at the first failure. */
export type Action =
  | { readonly type: 'createReplicaSet'; readonly object: KubeObject; readonly why: string }
  /** Gives an orphan that matches the selector an ownerReference, beside those that it has. */
  | {
      readonly type: 'adoptReplicaSet';
      readonly target: Seen;
      readonly ownerReferences: readonly OwnerReference[];
      readonly why: string;
    }
  /** Takes our ownerReference off a ReplicaSet that stopped matching; `ownerReferences` are the others. */
  | {
      readonly type: 'releaseReplicaSet';
      readonly target: Seen;
      readonly ownerReferences: readonly OwnerReference[];
      readonly why: string;
    }
  | {
      readonly type: 'scaleReplicaSet';
      readonly target: Seen;
      readonly from: number;
      readonly to: number;
      /** Other ReplicaSets whose pods are to be looked at first: their counts may be wrong, and this one shrinks because of them. */
      readonly reliesOn?: readonly Relied[] | undefined;
      /** Marks that ride on this write, so that they cost none of their own. */
      readonly annotations?: Readonly<Record<string, string | null>> | undefined;
      /** Merge patch of the pod template: what Sluice adds for the part that the revision plays. */
      readonly template?: Readonly<Record<string, unknown>> | undefined;
      readonly why: string;
    }
  | {
      readonly type: 'annotateReplicaSet';
      readonly target: Seen;
      /** null removes the annotation. */
      readonly annotations: Readonly<Record<string, string | null>>;
      /** Where the Rollout says something else by now. */
      readonly minReadySeconds?: number | undefined;
      /** Merge patch of the pod template, as in `scaleReplicaSet`. */
      readonly template?: Readonly<Record<string, unknown>> | undefined;
      readonly why: string;
    }
  /** Gives up to `limit` live pods of a ReplicaSet these labels and annotations (null takes one away); when all have them, the ReplicaSet's pending mark goes. */
  | {
      readonly type: 'syncPodMetadata';
      readonly target: Seen;
      readonly hash: string;
      readonly labels: Readonly<Record<string, string | null>>;
      readonly annotations: Readonly<Record<string, string | null>>;
      readonly limit: number;
      /** The ReplicaSet's controller has seen the template: no pod comes up in the old one any more. */
      readonly last: boolean;
      readonly why: string;
    }
  | { readonly type: 'deleteReplicaSet'; readonly target: Seen; readonly why: string }
  /** Makes a Service that is not there, owned by the Rollout; a conflict when it is there by now. */
  | { readonly type: 'createService'; readonly object: KubeObject; readonly why: string }
  /** Gives a Service that the Rollout owns the ports of the spec. */
  | { readonly type: 'setServicePorts'; readonly target: Seen; readonly ports: readonly ServicePort[]; readonly why: string }
  /** Replaces the atomic `spec.selector` whole; `selector` is never empty (S13). */
  | {
      readonly type: 'setServiceSelector';
      readonly target: Seen;
      readonly selector: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string | null>>;
      readonly why: string;
    }
  /** Gives a Service back to its owner: the mark goes, and with `dropHash` our hash in the selector, never its last key. */
  | { readonly type: 'releaseService'; readonly target: Seen; readonly dropHash: boolean; readonly why: string }
  /** Sets the size of a Deployment that a Rollout takes over from, or gives back to. */
  | { readonly type: 'scaleWorkload'; readonly target: Seen; readonly from: number; readonly to: number; readonly why: string }
  /** Replaces the finalizers of the Rollout itself. */
  | { readonly type: 'setFinalizers'; readonly target: Seen; readonly finalizers: readonly string[]; readonly why: string }
  /** Makes the routes of one router say `intent`; refused as a conflict when an object is no longer the one that was read. */
  | {
      readonly type: 'routeTraffic';
      readonly router: RouterName;
      readonly objects: readonly SeenRoute[];
      readonly intent: TrafficIntent;
      readonly why: string;
    }
  | ConfigAction
  /** Leaves the routes of one router to their owners, everything on stable; refused as a conflict like `routeTraffic`. */
  | {
      readonly type: 'releaseTraffic';
      /** Of the routes that the Rollout named before. */
      readonly former?: boolean | undefined;
      readonly router: RouterName;
      readonly objects: readonly SeenRoute[];
      readonly why: string;
    }
  /** Asks for an eviction, which a disruption budget may refuse for now; `available` counts the pods that serve at this moment. */
  | { readonly type: 'evictPod'; readonly target: Seen; readonly available: number; readonly why: string }
  | { readonly type: 'createAnalysisRun'; readonly object: AnalysisRun; readonly why: string }
  | { readonly type: 'terminateAnalysisRun'; readonly target: Seen; readonly why: string }
  | { readonly type: 'deleteAnalysisRun'; readonly target: Seen; readonly why: string };

/** An Event to emit after the status was written; few, once a release and reason (design 2). */
export interface PlannedEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/**
 * What one decision wants: plain data, made by a pure `decide`.
 *
 * The executor runs `actions` in order, then writes `status`, then emits `events`; when an action fails nothing after it is done. What cannot be undone
 * (Git, forge, notification) is never an action here: another reconciler does it once it has read the intent in the written status (R3).
 */
export interface Plan<Status> {
  readonly actions: readonly Action[];
  /** The complete next status; equal to the observed one when nothing is new. */
  readonly status: Status;
  readonly events: readonly PlannedEvent[];
  /** When to look again even if nothing changes; absent when only a change can matter. */
  readonly requeueAt?: Instant | undefined;
  /** Why, one line a decision, for `kubectl sluice get` and the golden logs. */
  readonly explain: readonly string[];
}
