import { formatInstant } from '../../api/time.ts';
import { findCondition } from '../conditions/timed-conditions.ts';
import type { Context } from './context.ts';
import type { Situation } from './situation.ts';

const WAITING = '; waiting since ';

/**
 * The situation with since when it waits, and what ends that. The time is the one that was written for the same wait before, so that the message stays the
 * same from pass to pass: each other one would be a write.
 */
export function waitingSince(context: Context, situation: Situation, ends: string): Situation {
  const before = findCondition(context.previous?.conditions, 'Ready');
  const said = `${situation.message}${WAITING}`;
  // The same words, whatever the reason: a deadline that passed meanwhile has its own, and tells the cause behind it.
  const told = timeAfter(before?.message, said) ?? (before?.reason === situation.reason ? timeAfter(before.message, WAITING) : undefined);
  return { ...situation, message: `${said}${told ?? formatInstant(context.now)}: ${ends}` };
}

/** The instant that stands behind these words; undefined when none does. */
function timeAfter(text: string | undefined, words: string): string | undefined {
  const rest = text?.split(words)[1];
  return rest === undefined ? undefined : /^[0-9T:-]+Z/u.exec(rest)?.[0];
}
