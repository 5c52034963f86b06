import type { Condition } from '../../api/conditions.ts';
import type { Instant } from '../../api/time.ts';
import { clean, cleanLines } from '../render/escape.ts';
import { abortHint, type Command, causeOf, configTrouble, isUnderTest, revisionName, runHints } from './advice-parts.ts';
import { podHints, podWaits } from './pod-waits.ts';
import type { RolloutView } from './rollout-view.ts';
import { type Advice, NO_ADVICE, untilText, type Wait } from './wait.ts';

/** The restore commit of the present revision, as long as it is not there. */
export function adviseOnRestore(view: RolloutView, now: Instant): Advice {
  const rollback = view.status.rollback;
  const waits = (what: string, ends: string): readonly Wait[] => [{ for: what, since: rollback?.intentAt, ends }];
  const nextTry = untilText(rollback?.nextTryAt, now);
  switch (rollback?.state) {
    case 'Intent':
      return {
        waits: waits('the restore commit to be pushed', `by itself${nextTry === undefined ? '' : `, the next try is ${nextTry}`}`),
        youCan: [],
      };
    case 'Pushed':
      return { waits: waits('the reconciler to apply the restore commit', 'by itself, with the next run of the reconciler'), youCan: [] };
    case 'Blocked':
      return {
        waits: waits(
          `a person: the restore commit is blocked${rollback.message === undefined ? '' : `: ${clean(rollback.message)}`}`,
          `when the change is out of Git${nextTry === undefined ? '' : `; it is tried again ${nextTry}`}`,
        ),
        youCan: ['revert the change in Git yourself; traffic stays on the last good revision until then'],
      };
    case 'Applied':
    case 'AlreadyReverted':
    case 'Superseded':
    case undefined:
      return NO_ADVICE;
  }
}

function fixOf(view: RolloutView): string {
  const source = view.status.provenance?.current;
  return source === undefined ? 'apply a fixed template' : `push a fix to ${clean(source.branch)} (${clean(source.file)})`;
}

/** Which revision has the traffic as long as that. */
function servesMeanwhile(view: RolloutView): string {
  const stable = view.revisions.find((revision) => revision.hash === view.status.stableRS)?.ordinal;
  return stable === undefined || !isUnderTest(view) ? '' : `; revision ${stable} serves until then`;
}

/** What is said while a revision is given up. */
export function adviseOnAbort(view: RolloutView, command: Command): Advice {
  const revision = revisionName(view);
  return {
    waits: [
      {
        for: `a new revision, or a retry of ${revision}`,
        since: view.status.abortedAt,
        ends: `when the pod template changes, or somebody retries${servesMeanwhile(view)}`,
      },
    ],
    youCan: [...runHints(view), fixOf(view), `try ${revision} again: ${command('retry')}`],
  };
}

const SPEC_WRONG: ReadonlySet<string> = new Set(['InvalidSpec', 'Unsupported']);
const LATE: ReadonlySet<string> = new Set(['ProgressDeadlineExceeded', 'ReleaseDeadlineExceeded']);

/** A Rollout that is Degraded and not aborted, by the reason of its condition Stalled. */
export function adviseOnTrouble(view: RolloutView, stalled: Condition, now: Instant, command: Command): Advice {
  const { reason } = stalled;
  const { cause, since } = causeOf(stalled);
  const named = `a person: ${clean(reason, 100)}: ${cleanLines(cause)}`;
  if (SPEC_WRONG.has(reason)) {
    return {
      waits: [
        { for: named, since, ends: 'when the named field, or the object that it names, is corrected; what serves is left untouched' },
      ],
      youCan: ['check the manifest before it is applied: kubectl sluice lint -f FILE', ...abortHint(view, command)],
    };
  }
  if (LATE.has(reason)) {
    const config = configTrouble(view);
    if (config !== undefined)
      return { waits: [config], youCan: ['create or correct the object that it names', ...abortHint(view, command)] };
    const pods = podWaits(view).map((wait) => ({ ...wait, since: wait.since ?? since }));
    return {
      waits:
        pods.length > 0 ? pods : [{ for: named, since, ends: 'by itself when it makes progress again, or when the pod template changes' }],
      youCan: [...podHints(view), fixOf(view), ...abortHint(view, command)],
    };
  }
  if (reason === 'GateFailed') {
    const again = [`measure it again from the first step: ${command('retry')}`, `accept it all the same: ${command('promote')}`];
    return {
      waits: [{ for: named, since, ends: 'when somebody retries, promotes or aborts, or the pod template changes' }],
      youCan: [...runHints(view), ...(isUnderTest(view) ? again : []), ...abortHint(view, command)],
    };
  }
  if (reason === 'ServiceSelectorConflict') {
    const next = untilText(view.status.selectorConflicts?.[0]?.retryAt, now);
    return {
      waits: [
        {
          for: named,
          since,
          ends: `when the other writer leaves the selector alone${next === undefined ? '' : `; it is written again ${next}`}`,
        },
      ],
      youCan: ['paste what the message names where the other writer is configured', ...abortHint(view, command)],
    };
  }
  return {
    waits: [{ for: named, since, ends: 'by itself as soon as what the message names is corrected; weights stay until then' }],
    youCan: ['correct the object that the message names', ...abortHint(view, command)],
  };
}
