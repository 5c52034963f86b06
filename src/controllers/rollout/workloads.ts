import type { WorkloadRef } from '../../api/rollout.ts';
import type { WorkloadView } from '../../observe/workload-view.ts';
import type { Workloads } from '../../observe/workloads.ts';
import type { OnDemandCache } from '../runtime/on-demand-cache.ts';

export type WorkloadCaches = Readonly<Record<WorkloadRef['kind'], OnDemandCache<WorkloadView>>>;

/** Reads workloads from their caches. */
export function createWorkloads(caches: WorkloadCaches): Workloads {
  return {
    need: (kind) => caches[kind].need(),
    read: (namespace, { kind, name }) => {
      const cache = caches[kind];
      cache.need();
      const look = cache.look();
      if (look.state === 'Loading') return { state: 'Syncing' };
      if (look.state === 'Failing' || (look.state === 'Refused' && !look.held)) return { state: 'Unreadable', message: look.message };
      const view = cache.store.get(`${namespace}/${name}`);
      return view === undefined ? { state: 'Missing' } : { state: 'Found', workload: view.observed };
    },
  };
}
