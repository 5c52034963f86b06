import { parseDuration } from '../../api/duration.ts';
import { type Instant, millis, parseInstant } from '../../api/time.ts';
import { formatDuration } from '../render/age.ts';
import { clean } from '../render/escape.ts';
import { effectivePhase } from '../render/status-line.ts';
import { recordAt } from './fields.ts';
import type { RolloutView } from './rollout-view.ts';
import { currentStep, describeStep } from './steps.ts';

/** What the Rollout waits for, and the commands that make sense now. */
export interface Advice {
  readonly waitingFor: readonly string[];
  readonly youCan: readonly string[];
}

/** Reads from status what is awaited and by whom; empty lists when nothing is. */
export function adviseOn(view: RolloutView, now: Instant): Advice {
  const command = (verb: string): string => `kubectl sluice ${verb} ${view.name} -n ${view.namespace}`;
  if (!view.observed) {
    return {
      waitingFor: [`the controller to look at generation ${view.generation}`],
      youCan: ['see whether it runs: kubectl get pods -A -l app.kubernetes.io/name=sluice'],
    };
  }
  const stalled = (view.status.conditions ?? []).find((condition) => condition.type === 'Stalled' && condition.status === 'True');
  const restore = adviseOnRestore(view);
  if (view.status.abort === true) return merge(restore, adviseOnAbort(view, command));
  if (stalled !== undefined) {
    return merge({ waitingFor: [`a person: ${clean(stalled.reason, 100)}: ${clean(stalled.message)}`], youCan: [] }, restore);
  }
  return merge(restore, adviseOnProgress(view, now, command));
}

function merge(left: Advice, right: Advice): Advice {
  return { waitingFor: [...left.waitingFor, ...right.waitingFor], youCan: [...left.youCan, ...right.youCan] };
}

function adviseOnRestore(view: RolloutView): Advice {
  const rollback = view.status.rollback;
  switch (rollback?.state) {
    case 'Intent':
      return { waitingFor: ['the restore commit to be pushed'], youCan: [] };
    case 'Pushed':
      return { waitingFor: ['the reconciler to apply the restore commit'], youCan: [] };
    case 'Blocked':
      return {
        waitingFor: [`a person: the restore commit is blocked${rollback.message === undefined ? '' : `: ${clean(rollback.message)}`}`],
        youCan: ['revert the change in Git yourself; traffic stays on the last good revision until then'],
      };
    case 'Applied':
    case 'AlreadyReverted':
    case 'Superseded':
    case undefined:
      return { waitingFor: [], youCan: [] };
  }
}

function adviseOnAbort(view: RolloutView, command: (verb: string) => string): Advice {
  const revision = view.status.revision === undefined ? 'this revision' : `revision ${view.status.revision}`;
  const source = view.status.provenance?.current;
  const fix = source === undefined ? 'apply a fixed template' : `push a fix to ${clean(source.branch)} (${clean(source.file)})`;
  return {
    waitingFor: [`a new revision, or a retry of ${revision}`],
    youCan: [fix, `try ${revision} again: ${command('retry')}`],
  };
}

function adviseOnProgress(view: RolloutView, now: Instant, command: (verb: string) => string): Advice {
  const pauses = view.status.pauseConditions ?? [];
  const abort = `give up this revision: ${command('abort')}`;
  if (view.specPaused) {
    const atRest = view.status.currentPodHash === view.status.stableRS;
    return { waitingFor: ['spec.paused to be removed from the manifest'], youCan: atRest ? [] : [abort] };
  }
  if (pauses.some((pause) => pause.reason === 'UserRequest')) {
    return { waitingFor: ['a person, who paused it'], youCan: [`go on: ${command('resume')}`, abort] };
  }
  if (pauses.some((pause) => pause.reason === 'InconclusiveAnalysisRun' || pause.reason === 'InconclusiveExperiment')) {
    return {
      waitingFor: ['a person: the analysis gave no verdict, and Unknown never acts'],
      youCan: [`accept this step: ${command('promote')}`, `measure again: ${command('resume')}`, abort],
    };
  }
  if (pauses.length > 0) {
    const pauseStart = pauses.find((pause) => pause.reason === 'CanaryPauseStep' || pause.reason === 'BlueGreenPause')?.startTime;
    return { waitingFor: [pauseEnd(view, pauseStart, now)], youCan: [`go on now: ${command('promote')}`, abort] };
  }
  if (effectivePhase(view) === 'Healthy') return adviseOnHealthy(view, now, command);
  return {
    waitingFor: progressWaits(view),
    youCan: [`skip what is left: ${command('promote --full')}`, abort],
  };
}

function pauseEnd(view: RolloutView, startTime: string | undefined, now: Instant): string {
  const step = view.steps[currentStep(view) ?? 0];
  const raw = step === undefined ? undefined : recordAt(step, 'pause')['duration'];
  const duration = typeof raw === 'string' || typeof raw === 'number' ? parseDuration(raw) : undefined;
  const start = parseInstant(startTime);
  if (duration === undefined || start === undefined) return 'a person: this pause has no end of its own';
  const left = millis(start + duration - now);
  return left > 0 ? `the pause to end in ${formatDuration(left)}` : 'the controller to end the pause, which is over';
}

function adviseOnHealthy(view: RolloutView, now: Instant, command: (verb: string) => string): Advice {
  const until = parseInstant(view.status.soak?.until);
  if (until !== undefined && until > now) {
    return { waitingFor: [`the soak to end in ${formatDuration(millis(until - now))}; a breach still reverts`], youCan: [] };
  }
  const older = view.revisions.some((revision) => revision.role === 'old' && revision.replicaSet !== undefined && !revision.quarantined);
  return { waitingFor: [], youCan: older ? [`go back to an earlier revision: ${command('undo')}`] : [] };
}

function progressWaits(view: RolloutView): string[] {
  const waits: string[] = [];
  for (const revision of view.revisions) {
    const set = revision.replicaSet;
    const label = revision.ordinal === undefined ? revision.hash : `revision ${revision.ordinal}`;
    if (set !== undefined && revision.role !== 'old' && set.available < set.desired) {
      const trouble = set.pods.find((pod) => pod.troubled);
      waits.push(
        `${set.desired - set.available} pods of ${label} to become available${trouble === undefined ? '' : ` (${trouble.name}: ${trouble.state})`}`,
      );
    }
    for (const run of revision.runs.filter((candidate) => candidate.phase === 'Running' || candidate.phase === 'Pending')) {
      if (revision.role !== 'old') waits.push(`AnalysisRun ${run.name} to give a verdict`);
    }
  }
  if (waits.length > 0) return waits;
  const step = view.steps[currentStep(view) ?? 0];
  return [step === undefined ? 'the controller to finish' : `step ${(currentStep(view) ?? 0) + 1}: ${describeStep(step)}`];
}
