import { ABORT, REQUEST } from '../../api/labels.ts';
import { abortRollout } from './abort.ts';
import { type Context, underTest } from './context.ts';
import { type Draft, patch } from './draft.ts';
import { concludeRequest, handledForm } from './outcome.ts';
import { parseAbort, parseRequest } from './request-grammar.ts';
import { performVerb } from './verbs.ts';

const FIRST_SIGHT = 'found on an object without status, so it may be old: acknowledged, not executed; repeat it with a new id';

function served(context: Context): string {
  return context.blueGreen === undefined ? 'weight 0; the stable revision serves' : 'the active Service goes back to the stable revision';
}

function judgeAbort(context: Context, draft: Draft, value: string): Draft {
  const conclude = (next: Draft, outcome: 'Executed' | 'Refused' | 'Acknowledged', reason: string, message: string): Draft =>
    concludeRequest(context, next, { request: value, verb: 'abort', outcome, reason, message });
  if (context.previous === undefined) return conclude(draft, 'Acknowledged', 'FirstSight', FIRST_SIGHT);
  const abort = parseAbort(value);
  if (abort === undefined) return conclude(draft, 'Refused', 'Malformed', `write sluice.dev/abort: ${context.hash}@<id>`);
  if (abort.hash !== context.hash) {
    return conclude(
      draft,
      'Refused',
      'StaleRequest',
      `the abort is for revision ${abort.hash}, the current one is ${context.hash}; look again and repeat it`,
    );
  }
  if (draft.status.stableRS === undefined)
    return conclude(draft, 'Acknowledged', 'NothingToReturnTo', 'no revision was stable yet: there is nothing to go back to');
  if (!underTest(context, draft.status))
    return conclude(draft, 'Acknowledged', 'NothingInProgress', 'the revision is stable: nothing to abort');
  if (draft.status.abort === true) return conclude(draft, 'Executed', 'AlreadyAborted', 'the revision was aborted already');
  return conclude(abortRollout(context, draft, 'requested by a person'), 'Executed', 'Executed', served(context));
}

function judgeRequest(context: Context, draft: Draft, value: string, abortedNow: boolean): Draft {
  const request = parseRequest(value);
  if (context.previous === undefined) {
    return concludeRequest(context, draft, {
      request: value,
      verb: request?.verb ?? '',
      outcome: 'Acknowledged',
      reason: 'FirstSight',
      message: FIRST_SIGHT,
    });
  }
  if (request === undefined) {
    const message = `write sluice.dev/request: <verb>[=<argument>][:<pod-template-hash>]@<id>, for example promote:${context.hash}@1`;
    return concludeRequest(context, draft, { request: value, verb: '', outcome: 'Refused', reason: 'Malformed', message });
  }
  if (abortedNow) {
    const message = 'an abort came at the same time, and abort wins; repeat the request with a new id if it is still wanted';
    return concludeRequest(context, draft, { request: value, verb: request.verb, outcome: 'Refused', reason: 'Aborted', message });
  }
  const { draft: next, outcome, reason, message } = performVerb(context, draft, request);
  return concludeRequest(context, next, { request: value, verb: request.verb, outcome, reason, message });
}

/** What people asked for through annotations, each value once; the abort is read first and beats everything. */
export function handleRequests(context: Context, draft: Draft): Draft {
  const annotations = context.rollout.metadata.annotations ?? {};
  const abort = annotations[ABORT];
  const request = annotations[REQUEST];
  let next = draft;
  if (abort !== undefined && handledForm(abort) !== draft.status.lastHandledAbort) {
    next = patch(judgeAbort(context, next, abort), { lastHandledAbort: handledForm(abort) });
  }
  const abortedNow = next.status.abort === true && draft.status.abort !== true;
  if (request !== undefined && handledForm(request) !== draft.status.lastHandledRequest) {
    next = patch(judgeRequest(context, next, request, abortedNow), { lastHandledRequest: handledForm(request) });
  }
  return next;
}
