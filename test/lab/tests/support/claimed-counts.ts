import { REPLICA_SET } from '../../../../src/api/kinds.ts';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import type { Violation } from '../../../../src/sim/invariants/invariant.ts';
import { controllerUid } from '../../../../src/sim/world/replica-set-controller.ts';
import { reportedCounts } from './reported-counts.ts';
import type { Booked } from './written-history.ts';

/** Pods that a ReplicaSet says it has at the size that it has now; of one that shrinks in this very write, those that it keeps. */
function claimOf(object: KubeObject, shrinks: boolean): number {
  const { generation, wanted, available, observedGeneration } = reportedCounts(object);
  return shrinks || observedGeneration >= generation ? Math.min(wanted, available) : 0;
}

/** What Kubernetes itself counted when something was taken away. */
export interface ClaimedCounts {
  /** To be called with each version, after it took the place of the one before. */
  look(entry: Booked, before: KubeObject | undefined, present: () => readonly KubeObject[]): void;
  /**
   * Enough pods were available by the counts of the ReplicaSets at their present sizes when the last one shrank. After an outage Kubernetes' own controller may hear
   * of a size before it hears of a pod that left, and nobody else counts pods: the rule is broken, and not by Sluice.
   */
  wereEnough(violation: Violation): boolean;
}

/** Remembers, for each owner of ReplicaSets, what they said when one of them shrank. */
export function createClaimedCounts(): ClaimedCounts {
  const claims = new Map<string, number>();
  return {
    look({ kind, object, gone }, before, present) {
      if (kind !== REPLICA_SET || gone || before === undefined || reportedCounts(object).wanted >= reportedCounts(before).wanted) return;
      const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
      const sets = present().filter((one) => one.kind === 'ReplicaSet' && controllerUid(one) === owner?.uid);
      const claim = sets.reduce((sum, one) => sum + claimOf(one, one.metadata.name === object.metadata.name), 0);
      claims.set(`${object.metadata.namespace}/${owner?.name}`, claim);
    },
    wereEnough({ invariant, object, message }) {
      const needed = / pods are ready where (\d+) had been reached/.exec(message)?.[1];
      return invariant === 'S3' && needed !== undefined && (claims.get(object) ?? 0) >= Number(needed);
    },
  };
}
