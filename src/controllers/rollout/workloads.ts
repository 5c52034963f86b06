import type { WorkloadRef } from '../../api/rollout.ts';
import type { WorkloadReading } from '../../core/rollout/observed.ts';
import type { OnDemandCache } from '../runtime/cache-set.ts';
import type { WorkloadView } from './workload-view.ts';

/** The caches of what a `workloadRef` may name, each followed from the first Rollout on that names one of its kind. */
export interface Workloads {
  need(kind: WorkloadRef['kind']): void;
  read(namespace: string, ref: Pick<WorkloadRef, 'kind' | 'name'>): WorkloadReading;
}

export type WorkloadCaches = Readonly<Record<WorkloadRef['kind'], OnDemandCache<WorkloadView>>>;

/** Reads workloads from their caches. */
export function createWorkloads(caches: WorkloadCaches): Workloads {
  return {
    need: (kind) => caches[kind].need(),
    read: (namespace, { kind, name }) => {
      const cache = caches[kind];
      cache.need();
      if (cache.hasSynced()) {
        const view = cache.store.get(`${namespace}/${name}`);
        return view === undefined ? { state: 'Missing' } : { state: 'Found', workload: view.observed };
      }
      const trouble = cache.trouble();
      return trouble === undefined ? { state: 'Syncing' } : { state: 'Unreadable', message: trouble.message };
    },
  };
}
