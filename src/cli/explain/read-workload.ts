import type { WorkloadRef } from '../../api/rollout.ts';
import { WORKLOAD_KINDS } from '../../api/workload-kinds.ts';
import type { WorkloadReading } from '../../core/rollout/observed.ts';
import { toWorkloadView } from '../../observe/workload-view.ts';
import type { Workloads } from '../../observe/workloads.ts';
import type { ObjectReader } from './object-reader.ts';

/** The objects that a Rollout refers to, or that its status remembers, each read once. */
export async function readWorkloads(
  namespace: string,
  refs: readonly Pick<WorkloadRef, 'kind' | 'name'>[],
  reader: ObjectReader,
): Promise<Workloads> {
  const read = async (ref: Pick<WorkloadRef, 'kind' | 'name'>) => [keyOf(ref), await readOne(namespace, ref, reader)] as const;
  const readings = new Map(await Promise.all(refs.map(read)));
  return { need: () => undefined, read: (_namespace, ref) => readings.get(keyOf(ref)) ?? { state: 'Missing' } };
}

function keyOf({ kind, name }: Pick<WorkloadRef, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

async function readOne(
  namespace: string,
  { kind, name }: Pick<WorkloadRef, 'kind' | 'name'>,
  reader: ObjectReader,
): Promise<WorkloadReading> {
  const object = await reader.get(WORKLOAD_KINDS[kind], { namespace, name }, true);
  if (object === undefined) return { state: 'Missing' };
  if (object === 'unread') return { state: 'Unreadable', message: 'whoever asks for this explanation may not read it' };
  return { state: 'Found', workload: toWorkloadView({ ...object, kind }).observed };
}
