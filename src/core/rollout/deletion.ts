import type { ObjectMeta } from '../../api/metadata.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant, type Instant, instant, parseInstant } from '../../api/time.ts';
import type { RouterReading } from '../../ports/traffic-router.ts';
import type { Action, Plan } from '../plan/plan.ts';
import { earliest } from '../time/instants.ts';
import { dropFinalizer, holdsFinalizer } from './finalizer.ts';
import { isOwnService } from './is-own-service.ts';
import type { ObservedRollout, ObservedService, ObservedWorkload, WorkloadReading } from './observed.ts';
import { releaseService } from './release-services.ts';
import { formerReleases } from './routed/release-former.ts';
import { scaleWorkload } from './workload-scale.ts';

/** What a Rollout that is being deleted leaves behind; known also of one whose spec cannot be read. */
export interface DeletionFacts {
  readonly metadata: ObjectMeta;
  readonly managedServices: readonly ObservedService[];
  /** Those that the spec names; empty when it cannot be read. */
  readonly services: readonly ObservedService[];
  /** What its routers say; empty when the spec cannot be read. */
  readonly traffic: readonly RouterReading[];
  /** Routes that it wrote and names no longer. */
  readonly formerRoutes: NonNullable<ObservedRollout['formerRoutes']>;
  /** The Deployment of the record in status. */
  readonly workload: WorkloadReading | undefined;
  /** Seconds that a release may be without progress: a Deployment that does not come back holds the deletion no longer. */
  readonly patience: number;
}

/** Kubernetes' and Argo Rollouts' default for the time without progress. */
const PATIENCE_SECONDS = 600;

/** What is left behind by a Rollout whose spec can be read. */
export function deletionFacts(observed: ObservedRollout): DeletionFacts {
  const { rollout, managedServices, services, traffic, workload } = observed;
  return {
    metadata: rollout.metadata,
    managedServices,
    services: [...services.values()].filter((service) => service !== undefined),
    traffic,
    formerRoutes: observed.formerRoutes ?? [],
    workload,
    patience: rollout.spec.progressDeadlineSeconds ?? PATIENCE_SECONDS,
  };
}

/** What is left behind by a Rollout of which only metadata and status can be read. */
export function unreadableDeletionFacts(
  metadata: ObjectMeta,
  managedServices: readonly ObservedService[],
  workload: WorkloadReading | undefined,
): DeletionFacts {
  return { metadata, managedServices, services: [], traffic: [], formerRoutes: [], workload, patience: PATIENCE_SECONDS };
}

/** The Deployment that takes over again; undefined when none gave way, or it is gone. */
function returning(facts: DeletionFacts, record: RolloutStatus['workload']): ObservedWorkload | undefined {
  if (record === undefined || record.replicas === 0 || facts.workload?.state !== 'Found') return undefined;
  const { workload } = facts.workload;
  return workload.deleting || workload.name !== record.name ? undefined : workload;
}

/** Routes that can be read; one that cannot, or whose kind is gone, does not hold the deletion. */
function releasedRoutes({ traffic, formerRoutes }: DeletionFacts): readonly Action[] {
  const released = traffic
    .filter(({ state }) => state.ok)
    .map(
      ({ router, objects }): Action => ({
        type: 'releaseTraffic',
        router,
        objects,
        why: `${router}: the Rollout is being deleted, stable gets all traffic`,
      }),
    );
  return [...released, ...formerReleases({ formerRoutes }, 'the Rollout is being deleted, and named these routes before')];
}

interface Wait {
  readonly now: Instant;
  readonly until: Instant;
}

/** Changes wake a Rollout that can be read; this is for one that cannot. */
const LOOK_AGAIN = 10_000;

/** A Service whose endpoints are all ours: were our pods to go now, it would have none. */
function cutService(facts: DeletionFacts): ObservedService | undefined {
  return facts.services.find(
    (service) =>
      !isOwnService(facts, service) && service.ready <= Object.values(service.readyByHash).reduce((sum, count) => sum + count, 0),
  );
}

function waiting(status: RolloutStatus, what: string, { now, until }: Wait, actions: readonly Action[]): Plan<RolloutStatus> {
  const again = instant(now + LOOK_AGAIN);
  const message = `the Rollout is being deleted: its pods serve until ${what}, at most until ${formatInstant(until)}`;
  return {
    actions,
    status: { ...status, phase: 'Progressing', message },
    events: [],
    explain: [message],
    requeueAt: earliest(until, again) ?? until,
  };
}

/**
 * Gives back what outlives the Rollout, in an order that loses no request as long as its pods are there, and lets it go: first the Deployment gets its size
 * and serves, then the Services are their owner's again and show its endpoints, then the garbage collector may take our pods. What is gone already is not
 * missed, and nothing holds the deletion for longer than a release may be without progress (F13).
 */
export function decideDeletion(facts: DeletionFacts, written: RolloutStatus | undefined, now: Instant): Plan<RolloutStatus> {
  const status = written ?? { observedGeneration: -1 };
  const { metadata } = facts;
  if (!holdsFinalizer(metadata)) {
    return { actions: [], status, events: [], explain: ['the Rollout is being deleted: its pods serve until they are collected'] };
  }
  const until = instant((parseInstant(metadata.deletionTimestamp) ?? now) + facts.patience * 1000);
  const size = status.workload?.replicas ?? 0;
  const workload = now < until ? returning(facts, status.workload) : undefined;
  const growing = returning(facts, status.workload);
  const growth = growing !== undefined && growing.replicas < size ? [scaleWorkload(growing, size, 'the Rollout is being deleted')] : [];
  if (workload !== undefined && (growth.length > 0 || !workload.statusCurrent || workload.availableReplicas < size)) {
    return waiting(status, `Deployment ${workload.name} serves (${workload.availableReplicas} of ${size} pods)`, { now, until }, growth);
  }
  const services = facts.managedServices
    .filter((service) => !isOwnService(facts, service))
    .map((service) => releaseService(service, 'the Rollout is being deleted'));
  // Routes first: all traffic on the stable side before that side is its owner's again.
  const releases = [...releasedRoutes(facts), ...services];
  const cut = cutService(facts);
  if (workload !== undefined && cut !== undefined) {
    return waiting(status, `Service ${cut.name} has endpoints of Deployment ${workload.name}`, { now, until }, releases);
  }
  const actions = [...growth, ...releases, dropFinalizer(metadata, 'everything is given back: the Rollout may go')];
  return { actions, status, events: [], explain: actions.map((action) => action.why) };
}
