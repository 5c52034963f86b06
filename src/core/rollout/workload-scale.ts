import { WORKLOAD_SIZE } from '../../api/labels.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant } from '../../api/time.ts';
import type { Action } from '../plan/plan.ts';
import { seen } from '../plan/seen.ts';
import type { Context } from './context.ts';
import { act, type Draft, patch, say } from './draft.ts';
import type { ObservedWorkload } from './observed.ts';
import { ordinalOf } from './ordinal.ts';
import { presentServices } from './present-services.ts';
import { servicesServe } from './services.ts';
import { countOf } from './sizing.ts';
import { foundWorkload } from './workload.ts';

type WorkloadRecord = NonNullable<RolloutStatus['workload']>;

/** A change of a Deployment's size. */
export function scaleWorkload(workload: ObservedWorkload, to: number, why: string): Action {
  return {
    type: 'scaleWorkload',
    target: seen(workload),
    from: workload.replicas,
    to,
    why: `Deployment ${workload.name} from ${workload.replicas} to ${to}: ${why}`,
  };
}

/** The mirror of the record, for a new ReplicaSet; undefined when no Deployment gives way. */
export function workloadSizeMark(context: Context): string | undefined {
  const { workload } = context.previous ?? {};
  if (workload !== undefined) return workload.replicas === 0 ? undefined : `${workload.name}=${workload.replicas}`;
  const found = givingWay(context);
  return found === undefined || found.replicas === 0 ? undefined : `${found.name}=${found.replicas}`;
}

/** The Deployment that is to give way; undefined when the spec does not say so. */
function givingWay(context: Context): ObservedWorkload | undefined {
  const ref = context.rollout.spec.workloadRef;
  if (ref?.kind !== 'Deployment' || (ref.scaleDown ?? 'never') === 'never') return undefined;
  return foundWorkload(context.observed);
}

/** What the ReplicaSets still say of a Deployment's former size when status was lost. */
function recoveredSize(context: Context, name: string): number | undefined {
  const sets = context.observed.replicaSets.filter((set) => set.owned).toSorted((left, right) => ordinalOf(right) - ordinalOf(left));
  const sizes = sets.flatMap((set) => {
    const [marked, size] = (set.annotations[WORKLOAD_SIZE] ?? '').split('=');
    const replicas = Number.parseInt(size ?? '', 10);
    return marked === name && Number.isSafeInteger(replicas) && replicas > 0 ? [replicas] : [];
  });
  return sizes[0];
}

/** A Deployment that has no pods has given way already: one that somebody scales up later is theirs. */
function newRecord(context: Context, workload: ObservedWorkload): WorkloadRecord {
  const { name } = workload;
  const replicas = recoveredSize(context, name) ?? workload.replicas;
  return { name, replicas, ...(workload.replicas === 0 ? { finishedAt: formatInstant(context.now) } : {}) };
}

/** Written, not decided: only what the last pass saw through may send pods away. */
function isHealthy(context: Context): boolean {
  const { previous, hash } = context;
  return previous?.phase === 'Healthy' && previous.currentPodHash === hash && previous.stableRS === hash && servicesServe(context);
}

function wantedSize(context: Context, record: WorkloadRecord): number | undefined {
  if (isHealthy(context)) return 0;
  if (context.rollout.spec.workloadRef?.scaleDown !== 'progressively') return undefined;
  return Math.max(0, record.replicas - servingPods(context));
}

/** Our pods that take traffic: those that are available, and no more than any Service of ours has among its ready endpoints. */
function servingPods(context: Context): number {
  const available = context.observed.replicaSets.filter((set) => set.owned).reduce((sum, set) => sum + countOf(set).available, 0);
  const reachable = presentServices(context).map((service) => Object.values(service.readyByHash).reduce((sum, count) => sum + count, 0));
  return Math.min(available, ...reachable);
}

/**
 * A Deployment gives way once: `progressively` pod by pod as ours serve, `onsuccess` when the Rollout is Healthy; at 0 and Healthy it is done, and whoever
 * scales the Deployment after that is let. Its former size stands in the written status before the first change.
 */
export function planWorkloadScale(context: Context, draft: Draft): Draft {
  const { workloadRef } = context.rollout.spec;
  const written = draft.status.workload;
  if (written !== undefined && written.name !== workloadRef?.name) return patch(draft, { workload: undefined });
  const workload = givingWay(context);
  if (workload === undefined || workload.deleting || written?.finishedAt !== undefined) return draft;
  const record = written ?? newRecord(context, workload);
  if (context.previous?.workload === undefined) {
    return say(
      patch(draft, { workload: record }),
      `Deployment ${record.name} has ${record.replicas} replicas: recorded, to give them back`,
    );
  }
  const to = wantedSize(context, record);
  if (to === 0 && workload.replicas === 0 && isHealthy(context)) {
    return say(
      patch(draft, { workload: { ...record, finishedAt: formatInstant(context.now) } }),
      `Deployment ${record.name} has given way`,
    );
  }
  // Endpoints follow a selector late: pods of the Deployment go once ours are seen behind it.
  const switching = draft.actions.some((action) => action.type === 'setServiceSelector');
  if (to === undefined || to === workload.replicas || (switching && to < workload.replicas)) return draft;
  return act(draft, scaleWorkload(workload, to, 'it gives way to the pods of the Rollout'));
}
