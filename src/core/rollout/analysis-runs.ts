import type { AnalysisRun } from '../../api/analysis.ts';
import { ANALYSIS_TYPE, INSTANCE, POD_TEMPLATE_HASH, REVISION, ROLLOUT_LABEL, STEP_INDEX, TEMPLATES } from '../../api/labels.ts';
import type { RolloutAnalysis } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { templateNames } from '../analysis/template-set.ts';
import { deepEqual } from '../identity/deep-equal.ts';
import { labelValue } from '../identity/names.ts';
import { seenMeta } from '../plan/seen.ts';
import { type RunSpec, resolveRunSpec } from './analysis-spec.ts';
import { blueGreenAnalyses, blueGreenGateWaits } from './blue-green/blue-green-gates.ts';
import { type Context, underTest } from './context.ts';
import { act, type Draft, say } from './draft.ts';
import { isFrozen } from './frozen.ts';
import type { Gate } from './gate.ts';
import { referredRuns } from './gate-references.ts';
import { activeGates } from './gates.ts';
import { isMeasurable } from './is-measurable.ts';
import { ownerReference } from './replica-set-object.ts';
import { skipsGates } from './rollback-window.ts';
import { passTakenNames, refusedRun } from './taken-names.ts';
import { isOver, verdictOf } from './verdict.ts';

/** Argo Rollouts' history: newest kept of each. */
const HISTORY_LIMIT = 5;

/** A run belongs to the installation that its Rollout belongs to. */
function instanceLabel(context: Context): Readonly<Record<string, string>> {
  const instance = context.rollout.metadata.labels?.[INSTANCE];
  return instance === undefined ? {} : { [INSTANCE]: instance };
}

function runObject(context: Context, gate: Gate, spec: RunSpec): AnalysisRun {
  const { namespace } = context.rollout.metadata;
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'AnalysisRun',
    metadata: {
      name: gate.runName,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...gate.analysis.analysisRunMetadata?.labels,
        // As in Argo Rollouts: whoever looks for the pods by their labels finds their analyses.
        ...context.rollout.spec.selector.matchLabels,
        ...instanceLabel(context),
        [POD_TEMPLATE_HASH]: context.hash,
        [ANALYSIS_TYPE]: gate.type,
        [ROLLOUT_LABEL]: labelValue(context.name),
        ...(gate.step === undefined ? {} : { [STEP_INDEX]: String(gate.step) }),
      },
      annotations: {
        ...gate.analysis.analysisRunMetadata?.annotations,
        [REVISION]: String(context.ordinal),
        [TEMPLATES]: templateNames(gate.analysis.templates),
      },
      ownerReferences: [ownerReference(context)],
    },
    spec,
  };
}

/** What a run waits for before it may start; undefined when it may. */
function gateWaits(context: Context, draft: Draft, gate: Gate): string | undefined {
  if (context.blueGreen !== undefined) return blueGreenGateWaits(context, draft.status, gate);
  return gate.type !== 'Background' || isMeasurable(context) ? undefined : `revision ${context.hash} to serve its first requests`;
}

/** Starts the runs that are missing. Not before the revision serves (there would be nothing to measure), and not in the pass that counted attempts. */
function createRuns(context: Context, draft: Draft, gates: readonly Gate[]): Draft {
  const counted = context.previous !== undefined && deepEqual(context.previous.attempts, draft.status.attempts);
  const same = context.previous?.currentPodHash === context.hash;
  if (!counted || !same || isFrozen(context, draft.status)) return draft;
  return gates.reduce((next, gate) => {
    if (gate.run !== undefined) return next;
    const waits = gateWaits(context, draft, gate);
    if (waits !== undefined) return say(next, `${gate.runName} waits for ${waits}`);
    const refused = refusedRun(context, gate);
    if (refused !== undefined) return say(next, refused.message);
    const resolved = resolveRunSpec(context, gate.analysis);
    if (!resolved.ok) return say(next, `${gate.runName} cannot be started: ${resolved.problems.join('; ')}`);
    return act(next, {
      type: 'createAnalysisRun',
      object: runObject(context, gate, resolved.spec),
      why: `AnalysisRun ${gate.runName} starts`,
    });
  }, draft);
}

function byAge(left: AnalysisRun, right: AnalysisRun): number {
  const [a, b] = [left.metadata.creationTimestamp ?? '', right.metadata.creationTimestamp ?? ''];
  return a === b ? (left.metadata.name < right.metadata.name ? 1 : -1) : a < b ? 1 : -1;
}

/** Runs that history no longer keeps: without a revision of ours, or beyond the newest five successful and the newest five others. */
function surplus(context: Context, draft: Draft, kept: ReadonlySet<string>): readonly AnalysisRun[] {
  const hashes = new Set(context.observed.replicaSets.map((set) => set.hash));
  const over = context.observed.analysisRuns.filter(
    (run) => isOver(run) && !kept.has(run.metadata.name) && run.metadata.deletionTimestamp === undefined,
  );
  const orphaned = over.filter((run) => !hashes.has(run.metadata.labels?.[POD_TEMPLATE_HASH]));
  const rest = over.filter((run) => !orphaned.includes(run)).sort(byAge);
  const limits = context.rollout.spec.analysis;
  const good = rest.filter((run) => verdictOf(run) === 'Pass').slice(limits?.successfulRunHistoryLimit ?? HISTORY_LIMIT);
  const others = rest.filter((run) => verdictOf(run) !== 'Pass').slice(limits?.unsuccessfulRunHistoryLimit ?? HISTORY_LIMIT);
  // A restore names its run in the commit message: kept until the next one.
  return [...orphaned, ...good, ...others].filter((run) => run.metadata.name !== draft.status.rollback?.analysisRun);
}

/** Which runs to start, to end and to delete. */
export function planAnalysisRuns(context: Context, decided: Draft): Draft {
  const draft = passTakenNames(context, decided);
  const gates = activeGates(context, draft.status);
  const wanted = new Set(gates.map((gate) => gate.runName));
  const obsolete = context.observed.analysisRuns.filter(
    (run) => !wanted.has(run.metadata.name) && !isOver(run) && run.spec.terminate !== true && run.metadata.deletionTimestamp === undefined,
  );
  const created = createRuns(context, draft, gates);
  const ended = obsolete.reduce(
    (next, run) =>
      act(next, {
        type: 'terminateAnalysisRun',
        target: seenMeta(run.metadata),
        why: `AnalysisRun ${run.metadata.name} is no longer needed: terminated`,
      }),
    created,
  );
  const kept = new Set([...wanted, ...referredRuns(draft.status)]);
  return surplus(context, draft, kept).reduce(
    (next, run) =>
      act(next, {
        type: 'deleteAnalysisRun',
        target: seenMeta(run.metadata),
        why: `AnalysisRun ${run.metadata.name} is beyond the history limit`,
      }),
    ended,
  );
}

/** The analyses that this release has still to start; all of them while nothing is under test, so that a mistake shows before the next release needs them. */
function analysesAhead(context: Context, status: RolloutStatus): readonly (RolloutAnalysis | undefined)[] {
  if (context.blueGreen !== undefined) return blueGreenAnalyses(context, status);
  const steps = underTest(context, status) ? context.steps.slice(status.currentStepIndex ?? 0) : context.steps;
  return [context.canary.analysis, ...steps.map((step) => step.analysis)];
}

/** Why analyses of this rollout cannot be started. A run that exists has its spec: what became of the templates is no matter to it. */
export function analysisProblems(context: Context, draft: Draft): readonly string[] {
  const { status } = draft;
  if (underTest(context, status) && (status.abort === true || skipsGates(status))) return [];
  const started = new Set(activeGates(context, status).flatMap((gate) => (gate.run === undefined ? [] : [gate.analysis])));
  const problems = analysesAhead(context, status).flatMap((analysis) => {
    if (analysis === undefined || started.has(analysis)) return [];
    const resolved = resolveRunSpec(context, analysis);
    return resolved.ok ? [] : resolved.problems;
  });
  return [...new Set(problems)];
}
