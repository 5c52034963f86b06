import type { Context } from '../context.ts';
import type { Refusal } from '../invalid.ts';

/**
 * Without status and without readable routes nobody can tell which of several revisions serves: nothing is touched until one of the two is there.
 * A single revision is no question.
 */
export function unknownTraffic(context: Context): Refusal | undefined {
  const { traffic, previous, observed } = context;
  if (traffic === undefined || previous !== undefined || traffic.written !== undefined) return undefined;
  const populated = observed.replicaSets.filter((set) => set.hash !== undefined && !set.deleting && set.specReplicas + set.replicas > 0);
  if (populated.length < 2) return undefined;
  const why = traffic.trouble?.message ?? 'the routes were not read yet';
  return {
    reason: 'TrafficUnknown',
    message: `the status is lost, and which of ${populated.length} revisions serves cannot be read from the routes: ${why}`,
  };
}
