import { ANALYSIS_RUN } from '../../api/kinds.ts';
import { refused } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { deadlineSignal } from '../follow.ts';
import { recordAt } from '../model/fields.ts';
import { toRunView } from '../model/run-view.ts';
import { withProgress } from '../progress.ts';
import { type GlobalFlags, withSession } from '../session.ts';
import { requireTarget } from '../target.ts';
import { FIELD_MANAGER } from './act.ts';
import { parseDryRun } from './dry-run.ts';
import { getRun } from './get-run.ts';
import { hasEnded, untilEnded } from './run-end.ts';
import { parseWaitTimeout } from './wait-timeout.ts';

export interface TerminateFlags extends GlobalFlags {
  readonly dryRun?: string | undefined;
  /** False with `--no-wait`. */
  readonly wait?: boolean | undefined;
  readonly timeout?: string | undefined;
}

/** Ends an AnalysisRun: no new measurements, those that are under way are cut off. A run that has ended stays as it is. */
export async function runTerminate(context: CliContext, words: readonly string[], flags: TerminateFlags): Promise<void> {
  const { name } = requireTarget(words, { kinds: ['analysisrun'] });
  const timeout = parseWaitTimeout(flags.timeout);
  const dryRun = parseDryRun(flags.dryRun);
  await withSession(context, flags, async (session) => {
    const ref = { namespace: session.namespace, name };
    const subject = `analysisrun.sluice.dev/${name}`;
    const run = await withProgress(context, 'Reading the analysis run', getRun(context, session, ref));
    if (hasEnded(run)) {
      context.out(`${subject}: has ended already: ${toRunView(run).phase}\n`);
      return;
    }
    if (recordAt(run, 'spec')['terminate'] !== true && dryRun !== 'client') {
      const options = { fieldManager: FIELD_MANAGER, dryRun: dryRun === 'server', signal: context.signal };
      const body = { metadata: { uid: run.metadata.uid }, spec: { terminate: true } };
      await withProgress(context, 'Writing the request', session.cluster.patch(ANALYSIS_RUN, ref, { type: 'merge', body }, options));
    }
    if (dryRun !== 'none') {
      context.out(`${subject}: would be terminated (${dryRun} dry run)\n`);
      return;
    }
    if (flags.wait === false) {
      context.out(`${subject}: termination requested\n`);
      return;
    }
    const deadline = deadlineSignal(context.clock, timeout, context.signal);
    const ended = await withProgress(context, 'Waiting for the run to end', untilEnded(context, session, ref, deadline.signal)).finally(
      deadline.dispose,
    );
    if (ended === undefined) {
      throw refused(
        'terminate is written, but no controller ended the run in time',
        'it ends once the controller runs; kubectl get pods -A -l app.kubernetes.io/name=sluice shows whether it does',
      );
    }
    context.out(`${subject}: terminated: ${toRunView(ended).phase}\n`);
  });
}
