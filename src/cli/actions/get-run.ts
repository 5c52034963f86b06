import { ANALYSIS_RUN } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { ObjectRef } from '../../ports/cluster.ts';
import { refused } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import type { Session } from '../session.ts';

/** The AnalysisRun, or an error that says how to find the right name. */
export async function getRun(context: CliContext, session: Session, ref: ObjectRef): Promise<KubeObject> {
  const found = await session.cluster.get(ANALYSIS_RUN, ref, { signal: context.signal });
  if (found !== undefined) return found;
  throw refused(
    `analysisrun "${ref.name}" not found in namespace "${ref.namespace ?? ''}"`,
    `kubectl sluice list analysisruns -n ${ref.namespace ?? ''} shows what is there`,
  );
}
