import { POD, REPLICA_SET, ROLLOUT } from '../../api/kinds.ts';
import { controllerUid } from '../world/replica-set-controller.ts';
import { type Finding, type Invariant, type Step, stateless } from './invariant.ts';
import { limitsOf } from './limits.ts';
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

function sizeOf(object: Parameters<typeof countsOf>[0] | undefined): number {
  return object === undefined || object.metadata.deletionTimestamp !== undefined ? 0 : countsOf(object).spec;
}

/** The replicas that the controller may still be working from: those of every generation since the one it observed. */
function createReplicasMemory(): (rollout: RolloutView) => { readonly least: number; readonly most: number } {
  const seen = new Map<string, { readonly generation: number; readonly replicas: number }[]>();
  return (rollout) => {
    const uid = rollout.metadata.uid ?? '';
    const generation = rollout.metadata.generation ?? 0;
    const known = (seen.get(uid) ?? []).filter((entry) => entry.generation !== generation);
    const entries = [...known, { generation, replicas: rollout.spec.replicas }].filter(
      (entry) => entry.generation >= rollout.status.observedGeneration,
    );
    seen.set(uid, entries);
    const replicas = entries.map((entry) => entry.replicas);
    return { least: Math.min(...replicas), most: Math.max(...replicas) };
  };
}

function countable(view: WorldView, rollout: RolloutView): number {
  return replicaSetsOf(view, rollout).reduce((sum, replicaSet) => sum + Math.min(sizeOf(replicaSet), countsOf(replicaSet).available), 0);
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
      const aborted = rollout.status.abort === true && hashOf(target) === rollout.status.stableRS;
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

/** S4: the sum of sizes never exceeds `replicas + maxSurge` by what the controller adds. */
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
      const { surge } = limitsOf(rollout, most);
      const total = replicaSetsOf(after, rollout).reduce((sum, replicaSet) => sum + sizeOf(replicaSet), 0);
      if (total <= most + surge) return [];
      const change = `${target.metadata.name} ${sizeOf(write.before)} -> ${sizeOf(target)}`;
      return [{ object: named(rollout), message: `${change} makes ${total} replicas where ${most} + ${surge} surge are allowed` }];
    };
  },
};

/** A pod that leaves although its ReplicaSet wants it: eviction, crash, failed probe. Not the controller's doing. */
function isChaos({ before, write }: Step): boolean {
  if (kindKey(write.request.kind) !== kindKey(POD) || write.before === undefined || !isServing(write.before)) return false;
  if (write.after !== undefined && isServing(write.after)) return false;
  const uid = controllerUid(write.before);
  const owner = before.objects(REPLICA_SET).find((replicaSet) => replicaSet.metadata.uid === uid);
  if (owner === undefined) return true;
  const leaves = write.after === undefined || write.after.metadata.deletionTimestamp !== undefined;
  const active = before.objects(POD).filter((pod) => controllerUid(pod) === uid && pod.metadata.deletionTimestamp === undefined);
  return !leaves || active.length <= sizeOf(owner);
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
