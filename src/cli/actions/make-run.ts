import { ANALYSIS_RUN } from '../../api/kinds.ts';
import { API_VERSION, INSTANCE, TEMPLATES } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { CliContext } from '../context.ts';
import { withProgress } from '../progress.ts';
import { createRequestId } from '../request.ts';
import type { Session } from '../session.ts';
import { requireName } from '../target.ts';
import { FIELD_MANAGER } from './act.ts';
import type { DryRun } from './dry-run.ts';

/** An AnalysisRun that belongs to no Rollout. */
export interface RunFacts {
  readonly name: string;
  readonly namespace: string | undefined;
  /** What it was made of, as its annotation holds it. */
  readonly templates: string | undefined;
  /** The installation that is to handle it. */
  readonly instance: string | undefined;
  readonly spec: unknown;
}

/** The end of a generated name. */
export function nameEnd(context: Pick<CliContext, 'random'>): string {
  return createRequestId(context.random).slice(0, 5);
}

/** The object to create. */
export function runObject({ name, namespace, templates, instance, spec }: RunFacts): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: ANALYSIS_RUN.kind,
    metadata: {
      name,
      namespace,
      ...(templates === undefined ? {} : { annotations: { [TEMPLATES]: templates } }),
      ...(instance === undefined ? {} : { labels: { [INSTANCE]: instance } }),
    },
    spec,
  };
}

/** Creates the run, or with a dry run shows what it would be: `server` lets the API server check it, `client` asks nobody. */
export async function makeRun(context: CliContext, session: Session, run: KubeObject, dryRun: DryRun): Promise<KubeObject> {
  if (dryRun === 'client') return run;
  const options = { fieldManager: FIELD_MANAGER, dryRun: dryRun === 'server', fieldValidation: 'Strict', signal: context.signal } as const;
  return withProgress(context, 'Creating the analysis run', session.cluster.create(ANALYSIS_RUN, run, options));
}

/** The line that says what was made; `from` adds of what. */
export function madeText(run: KubeObject, dryRun: DryRun, from?: string): string {
  const suffix = dryRun === 'none' ? '' : ` (${dryRun} dry run)`;
  return `analysisrun.sluice.dev/${requireName(run.metadata.name)}: created${from === undefined ? '' : `, ${from}`}${suffix}\n`;
}
