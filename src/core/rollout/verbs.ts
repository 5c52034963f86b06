import { parseDuration } from '../../api/duration.ts';
import { formatInstant, millis } from '../../api/time.ts';
import { after, wholeSecond } from '../time/instants.ts';
import { freshAttempts } from './attempts.ts';
import { selectorsOnly } from './blue-green/fast-rollback.ts';
import { BLUE_GREEN_VERBS } from './blue-green/verbs.ts';
import { type Context, stepIndex, underTest } from './context.ts';
import { type Draft, patch } from './draft.ts';
import { activeGates } from './gates.ts';
import { isPausedFor, withoutPauses, withPause } from './pauses.ts';
import { lifted, quarantineEntry } from './quarantine.ts';
import type { PersonRequest } from './request-grammar.ts';
import { fastRollback } from './rollback-window.ts';
import { keptParts } from './routed/kept-parts.ts';
import { stepLabel } from './step-label.ts';
import { done, measuredAgain, refused, type Verb, type VerbResult } from './verb-result.ts';

const pause: Verb = (context, draft) => {
  const what = draft.status.promoteFull === true ? 'the full promotion is held at its end' : 'steps are paused';
  if (isPausedFor(draft.status, 'UserRequest')) return done(draft, `${what} already`);
  return done(
    patch(draft, { pauseConditions: withPause(draft.status, 'UserRequest', context.now) }),
    `${what} until somebody resumes; sizes stay live`,
  );
};

const resume: Verb = (context, draft) => {
  const { status } = draft;
  const inGit = context.rollout.spec.paused === true ? '; spec.paused is still true: change it where it is written' : '';
  if ((status.pauseConditions ?? []).length === 0) {
    const frozen = quarantineEntry(context, status) === undefined ? '' : '; frozen after a breach: retry, promote or abort';
    return refused(draft, 'NotPaused', `nothing that resume can end is paused${frozen}${inGit}`);
  }
  if (isPausedFor(status, 'UserRequest')) {
    return done(patch(draft, { pauseConditions: withoutPauses(status, 'UserRequest') }), `the requested pause is over${inGit}`);
  }
  const attempts = isPausedFor(status, 'InconclusiveAnalysisRun') ? measuredAgain(context, status) : status.attempts;
  return done(patch(draft, { pauseConditions: undefined, attempts }), `the pause is over${inGit}`);
};

/** One step further by a person's recorded decision; a quarantine of a frozen breach is overruled by it. */
function skip(context: Context, draft: Draft): Draft {
  const index = draft.status.currentStepIndex ?? 0;
  return patch(draft, {
    attempts: measuredAgain(context, draft.status),
    currentStepIndex: Math.min(index + 1, context.steps.length),
    pauseConditions: undefined,
    controllerPause: undefined,
    quarantine: lifted(context, draft.status),
  });
}

const promote: Verb = (context, draft) => {
  const { status } = draft;
  const index = status.currentStepIndex ?? 0;
  const step = context.steps[index];
  const paused = (status.pauseConditions ?? []).length > 0;
  const unjudged = activeGates(context, status).some((gate) => gate.type === 'Step' && gate.verdict === 'Unknown');
  const ends = !paused || unjudged || isPausedFor(status, 'CanaryPauseStep');
  if (step !== undefined && ends) return done(skip(context, draft), `${stepLabel(index)} is left by request`);
  if (step === undefined && !paused && quarantineEntry(context, status) === undefined) {
    return refused(draft, 'NoStepLeft', 'all steps are done; the rollout only waits for its pods');
  }
  return done(
    patch(draft, { pauseConditions: undefined, attempts: measuredAgain(context, status), quarantine: lifted(context, status) }),
    'the pause is over',
  );
};

const promoteFull: Verb = (context, draft) =>
  done(
    patch(draft, {
      promoteFull: true,
      currentStepIndex: context.steps.length,
      pauseConditions: undefined,
      controllerPause: undefined,
      quarantine: lifted(context, draft.status),
    }),
    'all steps and analyses are skipped; capacity is still awaited before stable is scaled down',
  );

const skipStep: Verb = (context, draft, request) => {
  const index = draft.status.currentStepIndex ?? 0;
  if (index >= context.steps.length) return refused(draft, 'NoStepLeft', 'all steps are done; there is none to skip');
  if (request.argument !== undefined && request.argument !== String(index)) {
    return refused(
      draft,
      'StaleRequest',
      `the rollout is at ${stepLabel(index)} (index ${index}), not at index ${request.argument}; look again and repeat the request`,
    );
  }
  return done(skip(context, draft), `${stepLabel(index)} is skipped by request`);
};

const retry: Verb = (context, draft) => {
  const { status } = draft;
  if (status.abort !== true && quarantineEntry(context, status) === undefined) {
    return refused(draft, 'NotAborted', 'nothing was aborted; retry starts an aborted or quarantined revision again');
  }
  const open = status.rollback?.state === 'Intent' || status.rollback?.state === 'Blocked';
  const rollback =
    status.rollback !== undefined && open
      ? {
          ...status.rollback,
          state: 'Superseded' as const,
          reason: 'Retried',
          message: 'somebody retried the revision',
          finishedAt: formatInstant(context.now),
        }
      : status.rollback;
  const fast = fastRollback(context, status);
  const next = patch(draft, {
    abort: undefined,
    abortedAt: undefined,
    currentStepIndex: stepIndex(context, fast === undefined ? 0 : context.steps.length),
    fastRollback: fast,
    pauseConditions: undefined,
    controllerPause: undefined,
    deadlines: undefined,
    canary: keptParts(status),
    blueGreen: selectorsOnly(status),
    gates: undefined,
    attempts: freshAttempts(context, status),
    quarantine: lifted(context, status),
    rollback,
    duration: { rolloutStartedAt: formatInstant(context.now) },
  });
  return done(
    next,
    fast === undefined
      ? `the revision starts again ${context.blueGreen === undefined ? 'at its first step' : 'as the preview'}, with new analysis runs`
      : `the way back starts again; it is inside the rollback window, so that steps and analyses are skipped: ${fast.message}`,
  );
};

/** Now, or after a while: `restart=10m`. Whole seconds, rounded up, since pods are dated in whole seconds. */
const restart: Verb = (context, draft, request) => {
  const delay = request.argument === undefined ? millis(0) : parseDuration(request.argument);
  if (delay === undefined) {
    return refused(draft, 'Malformed', `${request.argument} is no duration; write restart@<id>, or restart=10m@<id> for in ten minutes`);
  }
  const requestedAt = wholeSecond(after(context.now, delay));
  const begins = delay === 0 ? '' : `begins at ${requestedAt}: `;
  return done(
    patch(draft, { restart: { ...draft.status.restart, requestedAt } }),
    `${begins}pods created before ${requestedAt} are replaced, those of the stable revision first`,
  );
};

const VERBS: ReadonlyMap<string, Verb> = new Map([
  ['pause', pause],
  ['resume', resume],
  ['promote', promote],
  ['promote-full', promoteFull],
  ['skip-step', skipStep],
  ['retry', retry],
  ['restart', restart],
]);

/** Verbs that name the revision they mean: too much hangs on it to guess. */
const HASH_NEEDED: ReadonlySet<string> = new Set(['promote', 'promote-full', 'skip-step']);

/** Judges a well-formed request and does what it asks, or says why not and what to do instead. */
export function performVerb(context: Context, draft: Draft, request: PersonRequest): VerbResult {
  const own = context.blueGreen === undefined ? undefined : BLUE_GREEN_VERBS.get(request.verb);
  const verb = own ?? VERBS.get(request.verb);
  if (verb === undefined)
    return refused(draft, 'UnknownVerb', `there is no verb ${request.verb}; use one of ${[...VERBS.keys()].join(', ')}`);
  if (request.hash === undefined && HASH_NEEDED.has(request.verb)) {
    return refused(draft, 'HashMissing', `${request.verb} needs the revision: ${request.verb}:${context.hash}@<id>`);
  }
  if (request.hash !== undefined && request.hash !== context.hash) {
    return refused(
      draft,
      'StaleRequest',
      `the request is for revision ${request.hash}, the current one is ${context.hash}; look again and repeat it`,
    );
  }
  if (request.verb === 'restart') return verb(context, draft, request);
  if (!underTest(context, draft.status)) return refused(draft, 'NothingInProgress', 'no revision is under test; there is nothing to do');
  if (draft.status.abort === true && request.verb !== 'retry') {
    return refused(draft, 'Aborted', 'the revision is aborted, which wins over every other request; use retry, or change the template');
  }
  return verb(context, draft, request);
}
