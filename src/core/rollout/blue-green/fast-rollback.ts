import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { formatInstant, parseInstant } from '../../../api/time.ts';
import type { Context } from '../context.ts';

type BlueGreenStatus = NonNullable<RolloutStatus['blueGreen']>;

/**
 * The record of a way back to a revision that was stable before and whose pods are still within their delay: it was judged, and it can serve at once. A preview
 * that is still warm but was never stable is no such. Undefined when the gates are to be walked.
 */
export function warmRollback(context: Context, status: RolloutStatus): RolloutStatus['fastRollback'] {
  const { current, hash, now } = context;
  const until = parseInstant(status.scaleDown?.[hash]);
  const entry = status.formerlyStable?.find((one) => one.podTemplateHash === hash);
  if (context.blueGreen === undefined || until === undefined || until <= now || entry === undefined) return undefined;
  if ((current?.specReplicas ?? 0) === 0) return undefined;
  const message = `it was stable until ${entry.until} and is warm until ${formatInstant(until)}`;
  return { podTemplateHash: hash, message, at: formatInstant(now) };
}

/** Where the two Services lead outlives a release; a revision that starts, or starts again, has all gates and the pause before it. */
export function selectorsOnly(status: RolloutStatus): BlueGreenStatus | undefined {
  const { activeSelector, previewSelector } = status.blueGreen ?? {};
  if (activeSelector === undefined && previewSelector === undefined) return undefined;
  return {
    ...(activeSelector === undefined ? {} : { activeSelector }),
    ...(previewSelector === undefined ? {} : { previewSelector }),
  };
}
