import type { GateStatus } from '../../api/rollout-status.ts';
import type { Instant } from '../../api/time.ts';
import { parseInstant } from '../../api/time.ts';
import { clean } from '../render/escape.ts';
import { abortHint, type Command, conditionOf, configWait, isUnderTest, readySince } from './advice-parts.ts';
import { podHints, podWaits } from './pod-waits.ts';
import type { RolloutView } from './rollout-view.ts';
import { currentStep, describeStep } from './steps.ts';
import { type Advice, untilText, type Wait } from './wait.ts';

/** A Rollout that moves, or waits for the cluster. */
export function adviseOnProgress(view: RolloutView, now: Instant, command: Command): Advice {
  const held = heldByConfig(view);
  const found = held === undefined ? [...podWaits(view), ...weightWaits(view), ...runWaits(view), ...restartWaits(view, now)] : [held];
  const waits = found.length > 0 ? found : [placeWait(view)];
  const skip = isUnderTest(view) && held === undefined ? [`skip what is left: ${command('promote --full')}`] : [];
  const judged = held === undefined && runWaits(view).length > 0 && view.status.gates?.some(isPendingStep) === true;
  const accept = judged ? [`go on without the verdict: ${command('promote')}`] : [];
  const pods = held === undefined ? podHints(view) : [];
  return { waits, youCan: [...pods, ...accept, ...skip, ...abortHint(view, command), ...restartHints(view), ...otherwise(view)] };
}

/** Background analyses go on beside the steps; only a step's own waits. */
function isPendingStep({ name, verdict }: GateStatus): boolean {
  return verdict === 'Pending' && /^[0-9]+$/u.test(name);
}

/** What is possible while nothing is under test: there is nothing to promote or to give up then. */
function otherwise(view: RolloutView): readonly string[] {
  if (isUnderTest(view)) return [];
  return [`see how it is decided: kubectl sluice explain ${view.name} -n ${view.namespace}`];
}

const CONFIG_REASONS: ReadonlySet<string> = new Set([
  'ConfigMissing',
  'ConfigUnreadable',
  'ConfigCopyRefused',
  'ConfigSettling',
  'CommitIncomplete',
]);

/** The live revision is not started before its configuration is there. */
function heldByConfig(view: RolloutView): Wait | undefined {
  const ready = conditionOf(view, 'Ready');
  if (ready === undefined || !CONFIG_REASONS.has(ready.reason)) return undefined;
  if (ready.reason === 'ConfigSettling') {
    const since = view.status.config?.pendingSince ?? ready.lastTransitionTime;
    return { for: clean(ready.message), since, ends: 'by itself at that time; spec.config.settle says how long it waits' };
  }
  return configWait(ready, conditionOf(view, 'ConfigAvailable')?.lastTransitionTime ?? ready.lastTransitionTime);
}

/** The weight is written, and the data plane may still follow the former one. */
function weightWaits(view: RolloutView): readonly Wait[] {
  const { canary, traffic } = view.status;
  const weights = canary?.weights;
  // Without routers the pods make the weight, and they are waited for already.
  if (weights?.verified !== false || traffic === undefined) return [];
  return [
    {
      for: `the data plane to serve weight ${weights.canary.weight}`,
      since: traffic.writtenAt,
      ends: 'by itself when the router has accepted the route and its settle time is over',
    },
  ];
}

function runWaits(view: RolloutView): readonly Wait[] {
  const open = (phase: string): boolean => phase === 'Running' || phase === 'Pending';
  return view.revisions
    .filter((revision) => revision.role !== 'old')
    .flatMap((revision) => revision.runs.filter((run) => open(run.phase)))
    .map((run) => ({ for: `AnalysisRun ${run.name} to give a verdict`, since: run.createdAt, ends: runEnd(run.metrics) }));
}

function runEnd(metrics: RolloutView['revisions'][number]['runs'][number]['metrics']): string {
  const left = metrics.filter((metric) => metric.wanted !== undefined && metric.taken < metric.wanted);
  const counts = left.map((metric) => `${metric.name} ${metric.taken} of ${metric.wanted ?? 0}`).join(', ');
  return counts === '' ? 'with the release, or with the first breach' : `by itself when all is measured (${counts}), or with a breach`;
}

/** The next restart that is asked for and whose time has not come; undefined for none. */
export function plannedRestart(view: RolloutView, now: Instant): Wait | undefined {
  const { restart, requestOutcome } = view.status;
  const times = [view.restartAt, restart?.requestedAt].filter((text) => (parseInstant(text) ?? now) > now);
  const [next] = times.toSorted((left, right) => (parseInstant(left) ?? 0) - (parseInstant(right) ?? 0));
  if (next === undefined) return undefined;
  const asked = next === restart?.requestedAt && requestOutcome?.verb === 'restart' ? requestOutcome.at : view.changedAt;
  return { for: `the restart to begin ${untilText(next, now) ?? ''}, at ${clean(next)}`, since: asked, ends: 'by itself' };
}

function restartWaits(view: RolloutView, now: Instant): readonly Wait[] {
  const { restart } = view.status;
  if (conditionOf(view, 'Ready')?.reason !== 'Restarting' || restart === undefined) return [];
  const planned = plannedRestart(view, now);
  if (planned !== undefined && (parseInstant(restart.requestedAt) ?? 0) > now) return [planned];
  const left = restart.left === undefined ? 'the old pods' : `${restart.left} old pod${restart.left === 1 ? '' : 's'}`;
  return [
    {
      for: `${left} to be replaced`,
      since: restart.requestedAt ?? readySince(view),
      ends: 'by itself, a few at a time; a disruption budget may refuse evictions, which are then tried again',
    },
  ];
}

function restartHints(view: RolloutView): readonly string[] {
  const asked = conditionOf(view, 'Ready')?.reason === 'Restarting';
  return asked ? [`see what holds evictions: kubectl get poddisruptionbudgets -n ${view.namespace}`] : [];
}

/** Nothing of the above: what the controller is at, from its own message. */
function placeWait(view: RolloutView): Wait {
  const index = currentStep(view) ?? 0;
  const step = view.steps[index];
  const message = clean(view.status.message ?? '');
  const place = step === undefined ? 'the controller to finish' : `step ${index + 1}: ${describeStep(step)}`;
  return { for: message === '' ? place : `${place} (${message})`, since: readySince(view), ends: 'by itself' };
}
