import type { WorkloadRef } from '../api/rollout.ts';
import type { WorkloadReading } from '../core/rollout/observed.ts';

/** What a `workloadRef` may name; the controller follows each kind from the first Rollout on that names one of it. */
export interface Workloads {
  need(kind: WorkloadRef['kind']): void;
  read(namespace: string, ref: Pick<WorkloadRef, 'kind' | 'name'>): WorkloadReading;
}
