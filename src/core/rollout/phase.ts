import { parseDuration } from '../../api/duration.ts';
import type { RollbackStatus, RolloutStatus } from '../../api/rollout-status.ts';
import { findCondition } from '../conditions/timed-conditions.ts';
import type { Action } from '../plan/plan.ts';
import { blueGreenHeldText, blueGreenPauseText, blueGreenProgress, isBlueGreenSettled } from './blue-green/blue-green-phase.ts';
import { configSituation } from './config-situation.ts';
import { type Context, underTest } from './context.ts';
import type { Draft } from './draft.ts';
import { isFrozen } from './frozen.ts';
import { activeGates } from './gates.ts';
import { haltOf, SPEC_PAUSED } from './halt.ts';
import type { Refusal } from './invalid.ts';
import type { ObservedReplicaSet } from './observed.ts';
import { pauseEnd } from './pauses.ts';
import { quarantineEntry } from './quarantine.ts';
import { refusedSituation } from './refused-writes.ts';
import { plannedRestartText, restartText } from './restart/restart-text.ts';
import { nextWeight } from './routed/next-weight.ts';
import { formerRoutesFact } from './routed/release-former.ts';
import { isRoutedSettled } from './routed/routed-settled.ts';
import { routesWait, weightReached } from './routed/traffic-progress.ts';
import type { TrafficTrouble } from './routed/traffic-view.ts';
import { selectorConflict } from './selector-conflict.ts';
import { troubleText } from './service-trouble.ts';
import { waitingSince } from './since.ts';
import type { Situation } from './situation.ts';
import { countOf, sizingOf } from './sizing.ts';
import { stepLabel } from './step-label.ts';
import { desiredWeight } from './weight.ts';

/** The state of the restore commit in a few words; empty when this revision has none. */
function restoreText(context: Context, rollback: RollbackStatus | undefined): string {
  if (rollback === undefined || rollback.podTemplateHash !== context.hash) return '';
  const detail = rollback.message === undefined ? '' : `: ${rollback.message}`;
  const again = rollback.nextTryAt === undefined ? '' : `; it is tried again at ${rollback.nextTryAt}`;
  switch (rollback.state) {
    case 'Intent':
      return `; a restore commit is being made since ${rollback.intentAt}${detail}${again}`;
    case 'Pushed':
      return `; restore commit ${rollback.commit ?? ''}, wanted since ${rollback.intentAt}, is pushed: the reconciler applies it`;
    case 'AlreadyReverted':
      return `; the branch is restored already: the reconciler applies it`;
    case 'Superseded':
      return `; no restore commit, the branch moved on${detail}`;
    case 'Blocked':
      return `; no restore commit (${rollback.reason ?? 'Blocked'})${detail}${again}`;
    case 'Applied':
      return '';
  }
}

function abortText(context: Context, draft: Draft): string {
  const before = findCondition(context.previous?.conditions, 'Progressing');
  const event = draft.events.find((one) => one.reason === 'RolloutAborted');
  if (event !== undefined) return event.message;
  if (context.previous?.abort === true && before?.reason === 'RolloutAborted') return before.message;
  return `Rollout aborted update to revision ${context.ordinal} (${context.hash})`;
}

function heldSituation(context: Context, draft: Draft): Situation {
  const { status } = draft;
  const entry = quarantineEntry(context, status);
  const blueGreen = context.blueGreen !== undefined;
  const held = blueGreen ? blueGreenHeldText(context) : '';
  if (entry === undefined) {
    const cause = abortText(context, draft);
    const since = status.abortedAt === undefined ? '' : `; aborted at ${status.abortedAt}`;
    return { phase: 'Degraded', reason: 'RolloutAborted', message: `${cause}${since}; retry it, or change the template${held}`, cause };
  }
  const again = entry.at !== status.abortedAt;
  const message = again
    ? `revision ${context.ordinal} (${context.hash}) is quarantined since ${entry.at} and stays ${blueGreen ? 'without traffic' : 'at weight 0'}: ${entry.cause}; change the template, or retry`
    : `${entry.cause}; aborted at ${entry.at}${restoreText(context, status.rollback)}; retry it, or change the template${held}`;
  return { phase: 'Degraded', reason: again ? 'QuarantinedRevision' : 'GateFailed', message };
}

const MOVES: ReadonlySet<Action['type']> = new Set(['createReplicaSet', 'scaleReplicaSet', 'setServiceSelector', 'adoptReplicaSet']);

/** Something is scaled or switched in this pass; a change of `ignored` ReplicaSets does not count. */
function moves(draft: Draft, ignored: readonly ObservedReplicaSet[]): boolean {
  const names = new Set(ignored.map((set) => set.name));
  return draft.actions.some((action) => MOVES.has(action.type) && !(action.type === 'scaleReplicaSet' && names.has(action.target.name)));
}

/** Everything is where it belongs: nothing to scale or to switch, all pods serve, no old pod is left. */
export function isSettled(context: Context, draft: Draft): boolean {
  if (context.blueGreen !== undefined) return isBlueGreenSettled(context, draft);
  const { current, limits } = context;
  // In the pass that promotes, the revision that was stable is not among the older ones yet.
  const others = context.observed.replicaSets.filter((set) => set.hash !== undefined && !set.deleting && set.hash !== context.hash);
  const full =
    current !== undefined && current.statusCurrent && current.specReplicas === limits.replicas && current.countable >= limits.replicas;
  // With routers, former revisions that scale down carry nothing any more: nobody waits for them.
  if (context.traffic !== undefined) return !moves(draft, others) && full && isRoutedSettled(context, draft.status, others);
  const moving = moves(draft, []);
  return !moving && full && others.every((set) => set.replicas === 0 && set.specReplicas === 0);
}

function progressText(context: Context, status: RolloutStatus): string {
  if (context.blueGreen !== undefined) return blueGreenProgress(context, status);
  const { canary, stable, older, target } = sizingOf(context, status);
  const demoted = underTest(context, status) || context.stable === context.current ? 0 : countOf(context.stable).available;
  const leaving = older.available + demoted;
  const old = leaving > 0 ? `, ${leaving} old pod${leaving === 1 ? '' : 's'} pending termination` : '';
  if (!underTest(context, status)) {
    // After a restart or a smaller spec.replicas.
    const more = Math.max(0, canary.available - target.canary);
    const surplus = more > 0 ? `, ${more} more than wanted, pending termination` : '';
    // A template that went back takes the weight along as far as its pods carry it.
    const held = context.traffic === undefined ? undefined : nextWeight(context, status).held;
    const traffic = held === undefined ? '' : `; ${held}`;
    return `${canary.available - more} of ${target.canary} pods of revision ${context.ordinal} serve${surplus}${old}${traffic}`;
  }
  const index = status.currentStepIndex ?? 0;
  const place = index >= context.steps.length ? 'all steps done' : `${stepLabel(index)} of ${context.steps.length}`;
  // Stable gives way to the end: how many are wanted is then no measure of how many still serve.
  const stableText = target.stable === 0 ? `${stable.available} stable pods still` : `${stable.available} of ${target.stable} stable pods`;
  const traffic = weightReached(context, status) ? '' : `; ${routesWait(context, status)}`;
  return `${place}, weight ${desiredWeight(context, status)}: ${canary.available} of ${target.canary} canary and ${stableText} serve${old}${traffic}${verdictWait(context, status)}`;
}

/** What an analysis step waits for; empty at any other place. */
function verdictWait(context: Context, status: RolloutStatus): string {
  const gate = activeGates(context, status).find((one) => one.type === 'Step');
  if (gate === undefined || gate.verdict !== 'Pending') return '';
  const since = gate.run?.status?.startedAt;
  return `; waiting for the verdict of ${gate.runName}${since === undefined ? '' : ` since ${since}`}; promote goes on without, abort goes back`;
}

function healthySituation(context: Context, status: RolloutStatus): Situation {
  const restored = status.rollback?.state === 'Applied' ? status.rollback : undefined;
  // The template that a restore brought back is the next ordinal; later releases are healthy on their own account.
  if (restored === undefined || restored.revision + 1 !== context.ordinal)
    return { phase: 'Healthy', reason: 'RolloutHealthy', message: `revision ${context.ordinal} is stable` };
  const commit = restored.commit === undefined ? '' : ` by commit ${restored.commit}`;
  return {
    phase: 'Healthy',
    reason: 'Reverted',
    message: `revision ${restored.revision} breached and was reverted${commit}; stable serves`,
  };
}

/** Aborted, or frozen after a breach; undefined when neither. */
function stoppedSituation(context: Context, draft: Draft, refusal: Refusal | undefined): Situation | undefined {
  const { status } = draft;
  if (status.abort === true && underTest(context, status)) {
    const held = heldSituation(context, draft);
    return refusal === undefined ? held : { ...held, message: `${held.message}\n${refusal.message}` };
  }
  if (!isFrozen(context, status)) return undefined;
  const { cause = '', at } = quarantineEntry(context, status) ?? {};
  const since = at === undefined ? '' : ` since ${at}`;
  return {
    phase: 'Degraded',
    reason: 'GateFailed',
    message: `${cause}; frozen${since}, as onFailure is Freeze: ${context.blueGreen === undefined ? 'weights stay' : 'the traffic stays'}; retry, promote or abort`,
  };
}

/** `spec.paused` while nothing is under test: Paused all the same (Argo Rollouts), so that nobody waits for a release that cannot move. */
function pausedAtRest(context: Context): Situation | undefined {
  if (context.rollout.spec.paused !== true) return undefined;
  const message = 'spec.paused is true: stable serves, and a new revision of a canary would wait without pods';
  return waitingSince(context, { phase: 'Paused', reason: 'Paused', message }, 'set it to false to go on');
}

/** Paused by a person, for want of a verdict, or at a pause step; undefined when steps may move. */
function pausedSituation(context: Context, status: RolloutStatus): Situation | undefined {
  const halted = underTest(context, status) ? haltOf(context, status) : undefined;
  if (halted?.message === SPEC_PAUSED) {
    const [message, ends] = ['spec.paused is true', 'set it to false to go on, or abort'];
    return waitingSince(context, { phase: 'Paused', reason: halted.reason, message }, ends);
  }
  if (halted !== undefined) return { phase: 'Paused', ...halted };
  const beforeSwitch = blueGreenPauseText(context, status);
  if (beforeSwitch !== undefined) return { phase: 'Paused', reason: 'BlueGreenPause', message: beforeSwitch };
  const pause = status.pauseConditions?.find((one) => one.reason === 'CanaryPauseStep');
  if (pause === undefined) return undefined;
  const index = status.currentStepIndex ?? 0;
  const end = pauseEnd(pause.startTime, parseDuration(context.steps[index]?.pause?.duration));
  return {
    phase: 'Paused',
    reason: 'CanaryPauseStep',
    message: `${stepLabel(index)}: paused since ${pause.startTime} ${end}; abort goes back`,
  };
}

/** Routes that cannot be read or that their router refuses: weights stay until somebody mends them; a cache that still fills is only waited for. */
function trafficSituation(context: Context, trouble: TrafficTrouble | undefined): Situation | undefined {
  if (trouble === undefined) return undefined;
  const phase = trouble.reason === 'RouterNotReady' ? 'Progressing' : 'Degraded';
  return waitingSince(context, { phase, reason: trouble.reason, message: trouble.message }, GOES_ON);
}

/** A restart whose time has not come is told with what is the case until then. */
function withPlannedRestart(context: Context, status: RolloutStatus, situation: Situation): Situation {
  const planned = plannedRestartText(context, status);
  return planned === undefined ? situation : { ...situation, message: `${situation.message}; ${planned}` };
}

/** What ends a wait for something that people correct. */
const GOES_ON = 'it goes on by itself when that is corrected';

/** The phase, first hit, without a restart. */
function judgeRelease(context: Context, draft: Draft, refusal: Refusal | undefined, analysisProblems: readonly string[]): Situation {
  const { status } = draft;
  const stopped = stoppedSituation(context, draft, refusal);
  const waiting = configSituation(context);
  if (stopped !== undefined) return waiting === undefined ? stopped : { ...stopped, message: `${stopped.message}; ${waiting.message}` };
  if (analysisProblems.length > 0) {
    const reason = analysisProblems.every((problem) => problem.includes('Unsupported: ')) ? 'Unsupported' : 'InvalidSpec';
    const message = `the analysis cannot be started: ${analysisProblems.join('; ')}`;
    return waitingSince(context, { phase: 'Degraded', reason, message }, GOES_ON);
  }
  const [service] = context.troubles;
  if (service !== undefined) {
    const message = troubleText(context.troubles);
    return waitingSince(context, { phase: 'Degraded', reason: service.reason, message }, GOES_ON);
  }
  const refused = refusedSituation(context, status);
  if (refused !== undefined) return waitingSince(context, refused, 'it is tried again by itself');
  const troubled = trafficSituation(context, context.traffic?.trouble);
  if (troubled !== undefined) return troubled;
  if (waiting !== undefined) return waiting;
  const fought = selectorConflict(status);
  if (fought !== undefined) return { phase: 'Degraded', reason: fought.type, message: fought.message };
  const paused = pausedSituation(context, status);
  if (paused !== undefined) return paused;
  if (status.stableRS === context.hash && isSettled(context, draft)) return pausedAtRest(context) ?? healthySituation(context, status);
  return { phase: 'Progressing', reason: 'Progressing', message: progressText(context, status) };
}

/** The phase, first hit; routes that are given back and a restart, which makes a healthy Rollout Progressing, are told beside everything else. The deadlines come on top. */
export function judgePhase(context: Context, draft: Draft, refusal: Refusal | undefined, analysisProblems: readonly string[]): Situation {
  const release = judgeRelease(context, draft, refusal, analysisProblems);
  const former = formerRoutesFact(context, draft);
  const situation = former === undefined ? release : { ...release, message: `${release.message}; ${former.message}` };
  const restart = restartText(context, draft.status);
  if (restart === undefined) return withPlannedRestart(context, draft.status, situation);
  if (situation.phase === 'Healthy') return { phase: 'Progressing', reason: 'Restarting', message: restart };
  return { ...situation, message: `${situation.message}; ${restart}` };
}
