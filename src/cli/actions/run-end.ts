import { ANALYSIS_PHASES } from '../../api/analysis-status.ts';
import { ANALYSIS_RUN } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { isFinalPhase } from '../../core/analysis/final-phase.ts';
import type { ObjectRef } from '../../ports/cluster.ts';
import { refused } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { followObject } from '../follow.ts';
import { toRunView } from '../model/run-view.ts';
import type { Session } from '../session.ts';

const FINAL: ReadonlySet<string> = new Set(ANALYSIS_PHASES.filter(isFinalPhase));

/** Whether a run has ended, by its own status. */
export function hasEnded(run: KubeObject): boolean {
  return FINAL.has(toRunView(run).phase);
}

/** The run once it has ended; undefined when `signal` came first. */
export async function untilEnded(
  context: CliContext,
  session: Session,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  for await (const object of followObject({ cluster: session.cluster, clock: context.clock, kind: ANALYSIS_RUN, ref, signal })) {
    if (object === undefined) throw refused(`analysisrun "${ref.name}" was deleted`, 'make another one');
    if (hasEnded(object)) return object;
  }
  return undefined;
}
