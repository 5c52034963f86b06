import { type Instant, millis, parseInstant } from '../../api/time.ts';
import type { RolloutView } from '../model/rollout-view.ts';
import { formatDuration } from './age.ts';

function countdown(what: string, end: string | undefined, now: Instant): string[] {
  const at = parseInstant(end);
  if (at === undefined) return [];
  return [at > now ? `${what} in ${formatDuration(millis(at - now))}` : `${what} was ${formatDuration(millis(now - at))} ago`];
}

/** How long what is under way may still take; undefined when no deadline is set or runs. */
export function deadlineSummary(view: RolloutView, now: Instant): string | undefined {
  const { deadlines } = view.status;
  const spent = deadlines?.releaseSpentSeconds;
  const still =
    spent !== undefined && deadlines?.release === undefined ? [`release stands still, ${formatDuration(millis(spent * 1000))} spent`] : [];
  const texts = [...countdown('without progress', deadlines?.progress, now), ...countdown('release', deadlines?.release, now), ...still];
  return texts.length === 0 ? undefined : texts.join(', ');
}
