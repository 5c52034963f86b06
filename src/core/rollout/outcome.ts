import { createHash } from 'node:crypto';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant } from '../../api/time.ts';
import type { Context } from './context.ts';
import { type Draft, patch, say } from './draft.ts';

type Outcome = NonNullable<RolloutStatus['requestOutcome']>['outcome'];

/** Longest annotation value that status keeps whole. */
const LONGEST = 1000;

/** The annotation value as status keeps it: itself, or its beginning and digest when it is too long, so that it is still handled only once. */
export function handledForm(value: string): string {
  return value.length <= LONGEST ? value : `${value.slice(0, 900)}#${createHash('sha256').update(value).digest('hex')}`;
}

/** A request and what became of it, before it is written down. */
export interface Judgement {
  readonly request: string;
  readonly verb: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly message: string;
}

/** Records what became of a request; a refusal is an outcome like any other. */
export function concludeRequest(context: Context, draft: Draft, judgement: Judgement): Draft {
  const { request, verb, outcome, reason, message } = judgement;
  const requestOutcome = {
    request: handledForm(request),
    verb: verb.slice(0, 63),
    outcome,
    reason,
    message: message.slice(0, 4096),
    at: formatInstant(context.now),
  };
  return say(patch(draft, { requestOutcome }), `request ${verb}: ${outcome} (${reason}): ${message}`);
}
