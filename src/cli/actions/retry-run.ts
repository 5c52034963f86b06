import { ANALYSIS_RUN } from '../../api/kinds.ts';
import { API_VERSION, INSTANCE, TEMPLATES } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { refused } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { recordAt } from '../model/fields.ts';
import { withProgress } from '../progress.ts';
import { createRequestId } from '../request.ts';
import { withSession } from '../session.ts';
import { objectOf } from '../target.ts';
import type { ActFlags } from './act.ts';
import { create } from './create-run.ts';
import { parseDryRun } from './dry-run.ts';
import { getRun, hasEnded } from './run-end.ts';

/** Measures again what an AnalysisRun of its own measured: another run of the same spec. One that belongs to a Rollout is the Rollout's to repeat. */
export async function runRetryRun(context: CliContext, words: readonly string[], flags: ActFlags): Promise<void> {
  const { name } = objectOf(words, ['analysisrun']);
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
    const again = sameAgain(run, `${name.slice(0, 240)}-${createRequestId(context.random).slice(0, 5)}`);
    const made = dryRun === 'client' ? again : await create(context, session, again, dryRun);
    const suffix = dryRun === 'none' ? '' : ` (${dryRun} dry run)`;
    context.out(`analysisrun.sluice.dev/${made.metadata.name}: created, with the spec of ${name}${suffix}\n`);
  });
}

function sameAgain(run: KubeObject, name: string): KubeObject {
  const { terminate: _terminate, ...spec } = recordAt(run, 'spec');
  const { labels = {}, annotations = {}, namespace } = run.metadata;
  const kept = (from: Readonly<Record<string, string>>, key: string): Readonly<Record<string, string>> =>
    from[key] === undefined ? {} : { [key]: from[key] };
  return {
    apiVersion: API_VERSION,
    kind: ANALYSIS_RUN.kind,
    metadata: { name, namespace, labels: kept(labels, INSTANCE), annotations: kept(annotations, TEMPLATES) },
    spec,
  };
}
