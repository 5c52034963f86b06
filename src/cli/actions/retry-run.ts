import { INSTANCE, TEMPLATES } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { refused } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { recordAt } from '../model/fields.ts';
import { withProgress } from '../progress.ts';
import { withSession } from '../session.ts';
import type { ActFlags } from './act.ts';
import { parseDryRun } from './dry-run.ts';
import { getRun } from './get-run.ts';
import { madeText, makeRun, nameEnd, runObject } from './make-run.ts';
import { hasEnded } from './run-end.ts';

/** Measures again what an AnalysisRun of its own measured: another run of the same spec. One that belongs to a Rollout is the Rollout's to repeat. */
export async function runRetryRun(context: CliContext, name: string, flags: ActFlags): Promise<void> {
  const dryRun = parseDryRun(flags.dryRun);
  await withSession(context, flags, async (session) => {
    const run = await withProgress(context, 'Reading the analysis run', getRun(context, session, { namespace: session.namespace, name }));
    const owner = (run.metadata.ownerReferences ?? []).find((reference) => reference.controller === true);
    if (owner !== undefined) {
      throw refused(
        `analysisrun "${name}" belongs to ${owner.kind.toLowerCase()} ${owner.name}, which makes its runs itself`,
        `kubectl sluice resume ${owner.name} measures again after a run without a verdict, kubectl sluice retry ${owner.name} starts an aborted revision again`,
      );
    }
    if (!hasEnded(run))
      throw refused(`analysisrun "${name}" still measures`, `wait for its end, or end it: kubectl sluice terminate analysisrun ${name}`);
    const again = sameAgain(run, `${name.slice(0, 240)}-${nameEnd(context)}`);
    const made = await makeRun(context, session, again, dryRun);
    context.out(madeText(made, dryRun, `with the spec of ${name}`));
  });
}

function sameAgain(run: KubeObject, name: string): KubeObject {
  const { terminate: _terminate, ...spec } = recordAt(run, 'spec');
  const { labels = {}, annotations = {}, namespace } = run.metadata;
  return runObject({ name, namespace, templates: annotations[TEMPLATES], instance: labels[INSTANCE], spec });
}
