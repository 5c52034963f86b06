import type { RolloutStatus } from '../../api/rollout-status.ts';
import { attemptOf } from './attempts.ts';
import type { Context } from './context.ts';
import type { Draft } from './draft.ts';
import { activeGates } from './gates.ts';
import type { PersonRequest } from './request-grammar.ts';

/** What a verb did, or why it did nothing. */
export interface VerbResult {
  readonly draft: Draft;
  readonly outcome: 'Executed' | 'Refused';
  readonly reason: string;
  readonly message: string;
}

export type Verb = (context: Context, draft: Draft, request: PersonRequest) => VerbResult;

/** It was done. */
export function done(draft: Draft, message: string): VerbResult {
  return { draft, outcome: 'Executed', reason: 'Executed', message };
}

/** It was not done, and this is why. */
export function refused(draft: Draft, reason: string, message: string): VerbResult {
  return { draft, outcome: 'Refused', reason, message };
}

/** Attempts with the gates that ended without a Pass counted on: each gets a new run. */
export function measuredAgain(context: Context, status: RolloutStatus): RolloutStatus['attempts'] {
  const attempts: Record<string, number> = { ...status.attempts };
  for (const gate of activeGates(context, status)) {
    if (gate.verdict === 'Unknown' || gate.verdict === 'Breach') attempts[gate.attemptKey] = attemptOf(status, gate.attemptKey) + 1;
  }
  return Object.keys(attempts).length === 0 ? undefined : attempts;
}
