import { z } from 'zod';
import { POD, REPLICA_SET, ROLLOUT } from '../../api/kinds.ts';
import { REVISION } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { controllerUid } from '../world/replica-set-controller.ts';
import { isChaos } from './chaos.ts';
import { type Finding, type Invariant, stateless } from './invariant.ts';
import { isRetried } from './is-retried.ts';
import { limitsOf } from './limits.ts';
import { createReplicasMemory, sizeOf } from './replicas-memory.ts';
import { wasRouted } from './traffic/service-shares.ts';
import {
  countsOf,
  hashOf,
  isServing,
  kindKey,
  named,
  ownerOf,
  type RolloutView,
  replicaSetsOf,
  viewRollout,
  type WorldView,
} from './world-view.ts';

function countable(view: WorldView, rollout: RolloutView): number {
  return replicaSetsOf(view, rollout).reduce((sum, replicaSet) => sum + Math.min(sizeOf(replicaSet), countsOf(replicaSet).available), 0);
}

/** A revision after the aborted one is there: the abort was of the former, and only status does not say so yet. */
function isSucceeded(view: WorldView, rollout: RolloutView): boolean {
  const sets = replicaSetsOf(view, rollout);
  const ordinalOf = (replicaSet: KubeObject): number => Number(replicaSet.metadata.annotations?.[REVISION] ?? 0);
  const aborted = sets.find((replicaSet) => hashOf(replicaSet) === rollout.status.currentPodHash);
  return aborted !== undefined && sets.some((replicaSet) => ordinalOf(replicaSet) > ordinalOf(aborted));
}

/** S3, S4: what the controller takes away never brings availability below `replicas - maxUnavailable`. */
export const SCALE_DOWN_KEEPS_CAPACITY: Invariant = {
  id: 'S4',
  says: 'a scale-down leaves replicas - maxUnavailable available, and an abort never shrinks the stable revision',
  create() {
    const replicasOf = createReplicasMemory();
    return ({ before, after, write }) => {
      for (const rollout of after.objects(ROLLOUT)) {
        const view = viewRollout(rollout);
        if (view !== undefined) replicasOf(view);
      }
      const { kind } = write.request;
      const target = write.before;
      if (!write.byController || kindKey(kind) !== kindKey(REPLICA_SET) || target === undefined) return [];
      if (sizeOf(write.after) >= sizeOf(target)) return [];
      const rollout = ownerOf(before, target);
      if (rollout === undefined) return [];
      const { least } = replicasOf(rollout);
      const findings: Finding[] = [];
      const [had, has] = [countable(before, rollout), countable(after, rollout)];
      const needed = least - limitsOf(rollout, least).unavailable;
      const change = `${target.metadata.name} ${sizeOf(target)} -> ${sizeOf(write.after)}`;
      if (has < Math.min(needed, had)) {
        findings.push({
          object: named(rollout),
          message: `${change} leaves ${has} available where ${needed} are needed (${had} were available before)`,
        });
      }
      const aborted =
        rollout.status.abort === true && !isRetried(rollout) && !isSucceeded(before, rollout) && hashOf(target) === rollout.status.stableRS;
      if (aborted && sizeOf(write.after) < least) {
        findings.push({
          object: named(rollout),
          message: `${change} shrinks the stable revision of an aborted rollout below ${least} replicas`,
        });
      }
      return findings;
    };
  },
};

/**
 * S4: the sum of sizes never exceeds `replicas + maxSurge` by what the controller adds. With routers the new revision gets pods beside a full stable one and
 * `maxSurge` does not apply: no revision grows beyond `replicas` or what its steps pin, and none grows but the stable and the new one.
 */
export const SURGE_STAYS_BOUNDED: Invariant = {
  id: 'S4',
  says: 'what the controller adds stays within replicas + maxSurge',
  create() {
    const replicasOf = createReplicasMemory();
    return ({ after, write }) => {
      for (const rollout of after.objects(ROLLOUT)) {
        const view = viewRollout(rollout);
        if (view !== undefined) replicasOf(view);
      }
      const target = write.after;
      if (!write.byController || kindKey(write.request.kind) !== kindKey(REPLICA_SET) || target === undefined) return [];
      if (sizeOf(target) <= sizeOf(write.before)) return [];
      const rollout = ownerOf(after, target);
      if (rollout === undefined || rollout.spec.strategy.canary === undefined) return [];
      const { most } = replicasOf(rollout);
      if (rollout.spec.strategy.canary.trafficRouting !== undefined || wasRouted(rollout))
        return routedSurge(rollout, target, write.before, most);
      const { surge } = limitsOf(rollout, most);
      const total = replicaSetsOf(after, rollout).reduce((sum, replicaSet) => sum + sizeOf(replicaSet), 0);
      if (total <= most + surge) return [];
      const change = `${target.metadata.name} ${sizeOf(write.before)} -> ${sizeOf(target)}`;
      return [{ object: named(rollout), message: `${change} makes ${total} replicas where ${most} + ${surge} surge are allowed` }];
    };
  },
};

function routedSurge(rollout: RolloutView, target: KubeObject, former: KubeObject | undefined, most: number): readonly Finding[] {
  const { canary } = rollout.spec.strategy;
  const pinned = (canary?.steps ?? []).map(
    (step) => z.looseObject({ replicas: z.int().default(0) }).safeParse(step['setCanaryScale']).data?.replicas ?? 0,
  );
  const allowed = Math.max(most, canary?.minPodsPerReplicaSet ?? 0, ...pinned);
  const change = `${target.metadata.name} ${sizeOf(former)} -> ${sizeOf(target)}`;
  if (sizeOf(target) > allowed) return [{ object: named(rollout), message: `${change} is more than ${allowed} replicas` }];
  // The status of a first pass names no revision yet.
  const { currentPodHash, stableRS } = rollout.status;
  const isNew = former === undefined || currentPodHash === undefined || currentPodHash === stableRS;
  if (isNew || hashOf(target) === currentPodHash || hashOf(target) === stableRS) return [];
  return [{ object: named(rollout), message: `${change} grows a revision that is neither stable nor under test` }];
}

/** S3, S4 as the users see it: once enough pods were ready, enough stay ready, as long as pods behave and nobody resizes. */
export const AVAILABILITY_HOLDS: Invariant = {
  id: 'S3',
  says: 'once replicas - maxUnavailable pods were ready, they stay ready while pods behave',
  create() {
    /** What had been reached by whom: other replicas or other limits have to be reached anew. */
    const reached = new Map<string, string>();
    return (step) => {
      const findings: Finding[] = [];
      const chaos = isChaos(step);
      for (const object of step.after.objects(ROLLOUT)) {
        const rollout = viewRollout(object);
        if (rollout === undefined) continue;
        const uid = rollout.metadata.uid ?? '';
        const { replicas } = rollout.spec;
        const needed = replicas - limitsOf(rollout, replicas).unavailable;
        const goal = `${needed} of ${replicas}`;
        if (chaos || reached.get(uid) !== goal || object.metadata.deletionTimestamp !== undefined) reached.delete(uid);
        const sets = new Set(replicaSetsOf(step.after, rollout).map((replicaSet) => replicaSet.metadata.uid));
        const ready = step.after.objects(POD).filter((pod) => sets.has(controllerUid(pod)) && isServing(pod)).length;
        if (ready >= needed) {
          reached.set(uid, goal);
        } else if (reached.delete(uid)) {
          findings.push({ object: named(rollout), message: `${ready} pods are ready where ${needed} had been reached and are needed` });
        }
      }
      return findings;
    };
  },
};

/** S16: a Rollout that is being deleted takes nothing from what serves. */
export const DELETION_KEEPS_SERVING = stateless(
  'S16',
  'the controller takes nothing away from a Rollout that is being deleted',
  ({ before, write }) => {
    const target = write.before;
    if (!write.byController || kindKey(write.request.kind) !== kindKey(REPLICA_SET) || target === undefined) return [];
    const rollout = ownerOf(before, target);
    if (rollout?.metadata.deletionTimestamp === undefined || sizeOf(write.after) >= sizeOf(target)) return [];
    return [
      {
        object: named(rollout),
        message: `${target.metadata.name} ${sizeOf(target)} -> ${sizeOf(write.after)} while the Rollout is being deleted`,
      },
    ];
  },
);
