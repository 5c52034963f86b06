import type { ConditionFacts } from '../conditions/timed-conditions.ts';
import type { Context } from './context.ts';
import { waitingSince } from './since.ts';
import type { Situation } from './situation.ts';

/** What the rollout is while the live revision waits for its configuration. */
export function configSituation(context: Context): Situation | undefined {
  const { hold } = context.revision;
  if (hold === undefined) return undefined;
  const situation: Situation = { phase: 'Progressing', reason: hold.reason, message: hold.message };
  // What settles says itself when it ends.
  return hold.reason === 'ConfigSettling' ? situation : waitingSince(context, situation, 'the new revision starts by itself then');
}

/** The condition that says what is wrong with the configuration; none when all is well, and while a change merely settles. */
export function configFacts(context: Context): readonly ConditionFacts[] {
  const { hold, problem } = context.revision;
  const wrong = problem ?? (hold?.reason === 'ConfigSettling' ? undefined : hold);
  if (wrong === undefined) return [];
  return [{ type: 'ConfigAvailable', status: 'False', reason: wrong.reason, message: wrong.message }];
}
