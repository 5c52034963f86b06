import type { BlueGreenStrategy, CanaryStep, CanaryStrategy, Rollout } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Instant } from '../../api/time.ts';
import { cachedRevisionHash } from '../identity/revision-hash.ts';
import type { ObservedReplicaSet, ObservedRollout } from './observed.ts';
import { currentOrdinal, ordinalOf } from './ordinal.ts';
import { type Limits, limitsOf } from './replicas.ts';
import { identifyRevision, type Revision } from './revision.ts';
import { type TrafficView, viewTraffic } from './routed/traffic-view.ts';
import { type ServiceTrouble, serviceTroubles, withoutUnusable } from './service-trouble.ts';
import { recoverStableHash } from './stable-revision.ts';

/** What every rung reads: the observation, sorted by the part that each object plays. */
export interface Context {
  readonly observed: ObservedRollout;
  readonly now: Instant;
  readonly rollout: Rollout;
  readonly name: string;
  readonly canary: CanaryStrategy;
  /** Undefined with a canary. */
  readonly blueGreen: BlueGreenStrategy | undefined;
  readonly steps: readonly CanaryStep[];
  /** Of the live revision (of the one before while that waits, `revision.hold`), and of the live list of steps; there are no steps with blue-green. */
  readonly hash: string;
  readonly stepHash: string | undefined;
  readonly revision: Revision;
  readonly ordinal: number;
  /** The status as last written; undefined on an object without one. */
  readonly previous: RolloutStatus | undefined;
  readonly stableHash: string | undefined;
  /** The ReplicaSet of the live template. */
  readonly current: ObservedReplicaSet | undefined;
  /** The ReplicaSet of the stable revision; the same as `current` when the live template is stable. */
  readonly stable: ObservedReplicaSet | undefined;
  /** Neither current nor stable, newest first. */
  readonly older: readonly ObservedReplicaSet[];
  readonly limits: Limits;
  /** What routes and record say of the traffic; undefined without trafficRouting. */
  readonly traffic: TrafficView | undefined;
  /** Named Services that cannot be used: `observed` holds none of them. */
  readonly troubles: readonly ServiceTrouble[];
}

/** The status as last written; the CRD's default (`observedGeneration: -1`) counts as none. */
export function writtenStatus(rollout: Rollout): RolloutStatus | undefined {
  return rollout.status === undefined || rollout.status.observedGeneration === -1 ? undefined : rollout.status;
}

const NO_STEPS: readonly CanaryStep[] = [];
const NO_CANARY: CanaryStrategy = {};

/** Sorts an observation for the rungs, without the Services that cannot be used; `troubles` names those for who has asked before. */
export function readContext(read: ObservedRollout, now: Instant, troubles: readonly ServiceTrouble[] = serviceTroubles(read)): Context {
  const observed = withoutUnusable(read, troubles);
  const { rollout } = observed;
  const { canary = NO_CANARY, blueGreen } = rollout.spec.strategy;
  const steps = canary.steps ?? NO_STEPS;
  const written = writtenStatus(rollout);
  // A status without a revision says only that the spec was wrong: nothing was decided yet.
  const previous = written?.currentPodHash === undefined ? undefined : written;
  const revision = identifyRevision(observed, previous, now);
  const { hash } = revision;
  const sets = observed.replicaSets.filter((set) => set.hash !== undefined && !set.deleting);
  const find = (wanted: string | undefined): ObservedReplicaSet | undefined => sets.find((set) => set.hash === wanted);
  const current = find(hash);
  const stableHash = previous === undefined ? recoverStableHash(observed, rollout.spec.strategy, hash) : previous.stableRS;
  const stable = stableHash === undefined ? undefined : find(stableHash);
  return {
    observed,
    now,
    rollout,
    name: rollout.metadata.name,
    canary,
    blueGreen,
    steps,
    hash,
    stepHash: blueGreen === undefined ? cachedRevisionHash(steps) : undefined,
    revision,
    ordinal: currentOrdinal(hash, current, sets, previous),
    previous,
    stableHash,
    current,
    stable,
    older: sets.filter((set) => set !== current && set !== stable).sort((left, right) => ordinalOf(right) - ordinalOf(left)),
    // The two sides of blue-green stand beside each other at full size.
    limits:
      blueGreen === undefined
        ? limitsOf(rollout.spec.replicas, canary.maxSurge, canary.maxUnavailable)
        : limitsOf(rollout.spec.replicas, '100%', blueGreen.maxUnavailable),
    traffic:
      canary.trafficRouting === undefined ? undefined : viewTraffic({ canary, readings: observed.traffic, record: previous?.traffic, now }),
    troubles,
  };
}

/** An index of steps, which blue-green has none of. */
export function stepIndex(context: Context, index: number): number | undefined {
  return context.blueGreen === undefined ? index : undefined;
}

/** A revision is under test: there is a stable one, and the live template is another. */
export function underTest(context: Context, status: RolloutStatus): boolean {
  return status.stableRS !== undefined && status.stableRS !== context.hash;
}
