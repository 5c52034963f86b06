import { z } from 'zod';
import type { KindDescriptor } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { setConditions } from '../../core/sync/set-conditions.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { conditionsOf, writeStatus } from '../runtime/write-status.ts';

const MESSAGE_LIMIT = 4000;
const statusSchema = z.looseObject({});

/**
 * `Stalled` with every problem on an object that cannot be parsed. Whatever else its status holds (an inventory, a budget's record) is kept as it is, and nothing
 * is written when it says so already: the write itself is seen as a change.
 */
export async function writeUnreadable(
  to: { readonly cluster: Pick<Cluster, 'update'>; readonly clock: Clock; readonly kind: KindDescriptor },
  raw: KubeObject,
  problems: string,
  signal: AbortSignal,
): Promise<void> {
  const before = statusSchema.safeParse(raw['status']).data ?? {};
  const message = problems.slice(0, MESSAGE_LIMIT);
  const state = { ready: 'False', reason: 'InvalidSpec', message, stalled: true } as const;
  const { generation } = raw.metadata;
  const status = {
    ...before,
    observedGeneration: generation ?? 0,
    phase: state.reason,
    message,
    conditions: setConditions(conditionsOf(raw), state, generation, to.clock.now()),
  };
  await writeStatus(to.cluster, to.kind, raw, status, signal);
}
