import type { Instant } from '../../api/time.ts';
import { clean } from '../render/escape.ts';
import { effectivePhase } from '../render/status-line.ts';
import { type Command, conditionOf } from './advice-parts.ts';
import { adviseOnPause } from './advise-on-pause.ts';
import { adviseOnProgress, plannedRestart } from './advise-on-progress.ts';
import { adviseOnAbort, adviseOnRestore, adviseOnTrouble } from './advise-on-trouble.ts';
import type { RolloutView } from './rollout-view.ts';
import { type Advice, mergeAdvice, NO_ADVICE, untilText } from './wait.ts';

/** Reads from status what is awaited, since when, what ends it, and what a person can do; empty lists when nothing is awaited. */
export function adviseOn(view: RolloutView, now: Instant): Advice {
  const command: Command = (verb) => `kubectl sluice ${verb} ${view.name} -n ${view.namespace}`;
  if (view.deletingSince !== undefined) return adviseOnDeletion(view);
  if (!view.observed) return adviseOnUnseen(view);
  return mergeAdvice(adviseOnRestore(view, now), adviseOnRelease(view, now, command));
}

function adviseOnRelease(view: RolloutView, now: Instant, command: Command): Advice {
  if (view.status.abort === true) return adviseOnAbort(view, command);
  const stalled = conditionOf(view, 'Stalled');
  if (stalled?.status === 'True') return adviseOnTrouble(view, stalled, now, command);
  const pause = adviseOnPause(view, now, command);
  if (pause !== undefined) return pause;
  return effectivePhase(view) === 'Healthy' ? adviseOnHealthy(view, now, command) : adviseOnProgress(view, now, command);
}

function adviseOnDeletion(view: RolloutView): Advice {
  return {
    waits: [
      {
        for: 'the controller to give back what it selects and routes',
        since: view.deletingSince,
        ends: 'by itself, with the object; it stays as long as no controller runs',
      },
    ],
    youCan: ['see whether one runs: kubectl get pods -A -l app.kubernetes.io/name=sluice'],
  };
}

function adviseOnUnseen(view: RolloutView): Advice {
  return {
    waits: [
      {
        for: `the controller to look at generation ${view.generation}`,
        since: view.changedAt,
        ends: 'by itself, as soon as a controller that handles this namespace runs',
      },
    ],
    youCan: ['see whether it runs: kubectl get pods -A -l app.kubernetes.io/name=sluice'],
  };
}

function adviseOnHealthy(view: RolloutView, now: Instant, command: Command): Advice {
  const { soak } = view.status;
  const left = untilText(soak?.until, now);
  if (soak !== undefined && left !== undefined && left.startsWith('in ')) {
    return {
      waits: [{ for: `the soak to end ${left}`, since: soak.startedAt, ends: 'by itself; a breach until then still reverts' }],
      youCan: [],
    };
  }
  const planned = plannedRestart(view, now);
  if (planned !== undefined) return { waits: [planned], youCan: [`restart now: ${clean(command('restart'))}`] };
  const older = view.revisions.filter((revision) => revision.role === 'old' && revision.replicaSet !== undefined && !revision.quarantined);
  return older.length === 0 ? NO_ADVICE : { waits: [], youCan: [`go back to an earlier revision: ${clean(command('undo'))}`] };
}
