import type { Advice } from '../model/wait.ts';
import type { Unread } from './object-reader.ts';

/** Where a Rollout stands: what is wanted, and what of it is there. Texts are safe to print. */
export interface Inputs {
  readonly spec: readonly string[];
  readonly revisions: readonly string[];
  readonly place: readonly string[];
  readonly weights: readonly string[];
  readonly requests: readonly string[];
  readonly config: readonly string[];
  readonly source: readonly string[];
  readonly replicaSets: readonly ReplicaSetInput[];
  readonly services: readonly ServiceInput[];
  readonly routes: readonly RouteInput[];
  readonly gates: readonly GateInput[];
  readonly clocks: readonly ClockInput[];
}

export interface ReplicaSetInput {
  readonly name: string;
  readonly revision: number;
  readonly hash: string;
  readonly role: 'current' | 'stable' | 'current and stable' | 'old';
  readonly asked: number;
  readonly pods: number;
  readonly ready: number;
  readonly available: number;
  /** Size that the present place wants of it; undefined of old ones, which keep theirs until they go. */
  readonly wanted: number | undefined;
  /** Its counts are of an older generation. */
  readonly stale: boolean;
}

export interface ServiceInput {
  readonly name: string;
  readonly field: string;
  /** The revision that its selector names; undefined when it selects by other labels alone, or does not exist. */
  readonly selects: string | undefined;
  readonly exists: boolean;
  /** Ready endpoints, altogether and by revision; undefined when they could not be read. */
  readonly ready: number | undefined;
  readonly readyByRevision: Readonly<Record<string, number>>;
}

export interface RouteInput {
  readonly router: string;
  readonly objects: readonly string[];
  /** Weight of the canary as the routes say it. */
  readonly weight: number | undefined;
  readonly acceptance: string;
  readonly trouble: string | undefined;
}

export interface GateInput {
  readonly name: string;
  readonly analysisRun: string;
  readonly verdict: string;
  readonly since: string | undefined;
  readonly message: string | undefined;
  readonly values: readonly string[];
}

export interface ClockInput {
  readonly what: string;
  readonly at: string;
}

/** One effect that the controller would have on the cluster, in the order in which it would. */
export interface EffectLine {
  readonly type: string;
  readonly target: string;
  readonly why: string;
}

export interface DecisionLines {
  readonly phase: string;
  readonly message: string;
  readonly effects: readonly EffectLine[];
  /** Reasons that belong to no effect. */
  readonly because: readonly string[];
  /** Members of status that would change. */
  readonly statusChanges: readonly string[];
  readonly events: readonly string[];
  readonly looksAgainAt: string | undefined;
}

/** What `kubectl sluice explain` tells. */
export interface Explanation {
  readonly rollout: { readonly namespace: string; readonly name: string; readonly generation: number; readonly observedGeneration: number };
  readonly at: string;
  /** As the controller wrote it last. */
  readonly status: { readonly phase: string; readonly message: string };
  readonly unread: readonly Unread[];
  /** Undefined for a Rollout that cannot be parsed. */
  readonly inputs: Inputs | undefined;
  /** Undefined when something essential could not be read. */
  readonly decision: DecisionLines | undefined;
  readonly advice: Advice;
}
