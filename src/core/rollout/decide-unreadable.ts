import { type FieldProblem, formatProblem } from '../../api/field-problem.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { type RolloutStatus, rolloutStatusSchema } from '../../api/rollout-status.ts';
import type { Instant } from '../../api/time.ts';
import type { Plan } from '../plan/plan.ts';
import { decideDeletion, unreadableDeletionFacts } from './deletion.ts';
import { refusedPlan } from './invalid.ts';
import type { ObservedService, WorkloadReading } from './observed.ts';

/** The members of a stored status that can be read: one bad member does not lose the others, least of all which revision is stable. */
function readableStatus(raw: unknown): RolloutStatus | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const members = Object.entries(rolloutStatusSchema.shape).flatMap(([key, schema]) => {
    const parsed = schema.safeParse(Reflect.get(raw, key));
    return parsed.success && parsed.data !== undefined ? [[key, parsed.data] as const] : [];
  });
  const status = rolloutStatusSchema.safeParse({ observedGeneration: -1, ...Object.fromEntries(members) });
  return status.success && status.data.observedGeneration !== -1 ? status.data : undefined;
}

/** What a Rollout that cannot be read has left on other objects. */
interface Left {
  readonly managedServices: readonly ObservedService[];
  readonly workload: WorkloadReading | undefined;
}

/** Name of the Deployment that gave way, by the status of a Rollout that may not be readable as a whole. */
export function recordedDeployment(raw: KubeObject): string | undefined {
  return readableStatus(raw['status'])?.workload?.name;
}

/** A Rollout that does not parse: every problem in status, nothing touched. When it is deleted, what carries its mark is given back all the same. */
export function decideUnreadable(raw: KubeObject, problems: readonly FieldProblem[], left: Left, now: Instant): Plan<RolloutStatus> {
  const written = readableStatus(raw['status']);
  if (raw.metadata.deletionTimestamp !== undefined) {
    return decideDeletion(unreadableDeletionFacts(raw.metadata, left.managedServices, left.workload), written, now);
  }
  const message = problems.map(formatProblem).join('\n').slice(0, 32_000);
  const text = message === '' ? 'the object cannot be read; compare it with the schema' : message;
  return refusedPlan(written, raw.metadata.generation ?? 0, { reason: 'InvalidSpec', message: text }, now);
}
