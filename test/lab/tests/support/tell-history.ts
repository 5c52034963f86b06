import { z } from 'zod';
import { POD, REPLICA_SET, ROLLOUT } from '../../../../src/api/kinds.ts';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import type { Violation } from '../../../../src/sim/invariants/invariant.ts';
import { isServing, named } from '../../../../src/sim/invariants/world-view.ts';
import { sinceStart } from '../../../../src/sim/scenario/since-start.ts';
import { reportedCounts } from './reported-counts.ts';
import type { Booked } from './written-history.ts';

const BEFORE = 8000;
const AFTER = 1000;
const LINES = 30;

const rolloutSchema = z.object({ status: z.looseObject({ phase: z.string().default(''), abort: z.boolean().default(false) }).optional() });

function stateOf({ kind, object, gone }: Booked): string {
  if (gone) return 'gone';
  if (kind === POD)
    return `${isServing(object) ? 'serves' : 'does not serve'}${object.metadata.deletionTimestamp === undefined ? '' : ', leaves'}`;
  if (kind === REPLICA_SET) {
    const { generation, wanted, total, available, observedGeneration } = reportedCounts(object);
    return `wants ${wanted} (generation ${generation}), says ${available} of ${total} (generation ${observedGeneration})`;
  }
  const { status } = rolloutSchema.parse(object);
  return `${status?.phase}${status?.abort === true ? ', aborted' : ''}`;
}

const isOf = (object: KubeObject, rollout: string): boolean => named(object) === rollout || named(object).startsWith(`${rollout}-`);

/** What was written to a Rollout, its ReplicaSets and pods just before it broke a rule, a line each: enough to see why. */
export function tellHistory(entries: readonly Booked[], { object, at }: Violation): readonly string[] {
  const start = entries[0]?.at ?? at;
  return entries
    .filter((entry) => [ROLLOUT, REPLICA_SET, POD].includes(entry.kind) && isOf(entry.object, object))
    .filter((entry) => entry.at >= at - BEFORE && entry.at <= at + AFTER)
    .slice(-LINES)
    .map(
      (entry) => `  ${sinceStart(entry.at, start)} ${entry.version} ${entry.kind.kind} ${entry.object.metadata.name}: ${stateOf(entry)}`,
    );
}
