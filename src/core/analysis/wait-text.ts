import { formatInstant, type Instant } from '../../api/time.ts';
import { isFinalPhase } from './final-phase.ts';
import { inFlight } from './metric-state.ts';
import type { Pair } from './run-phase.ts';
import { nextMeasurementAt } from './schedule.ts';

/** What a run that has not ended waits for, since when, what ends it, and how a person does. It holds no counts, so that it lasts from measurement to measurement. */
export function waitText(pairs: readonly Pair[], startedAt: Instant, now: Instant): string {
  const open = pairs.filter(([, result]) => !isFinalPhase(result.phase));
  const endless = open.some(([metric]) => metric.count === Infinity && metric.consecutiveSuccessLimit === 0);
  const ends = endless ? 'ends with a breach, or when nobody needs it any more' : 'ends by itself when all is measured, or with a breach';
  return [placeOf(open, startedAt, now), ...open.flatMap(troubleOf), ends, 'spec.terminate: true ends it now'].join('; ');
}

function placeOf(open: readonly Pair[], startedAt: Instant, now: Instant): string {
  const names = open.map(([metric]) => metric.name).join(', ');
  if (open.some(([, result]) => (result.measurements ?? []).length > 0)) return `measuring ${names} since ${formatInstant(startedAt)}`;
  const [first] = open.flatMap(([metric, result]) => nextMeasurementAt(metric, result, startedAt, now) ?? []).toSorted((a, b) => a - b);
  // One that is due is measured within this pass or the next.
  const at = first === undefined || first <= now ? '' : `, which is at ${formatInstant(first)}`;
  return `waiting for the first measurement of ${names} since ${formatInstant(startedAt)}${at}`;
}

/** What keeps a metric from being measured. */
function troubleOf([metric, result]: Pair): readonly string[] {
  const running = inFlight(result);
  if (running?.startedAt !== undefined) return [`a measurement of ${metric.name} is under way since ${running.startedAt}`];
  const last = result.measurements?.at(-1);
  if (last?.phase !== 'Error') return [];
  return [
    `${metric.name} cannot be measured (${last.message ?? 'no reason is known'}): more than ${metric.consecutiveErrorLimit} errors in a row end it`,
  ];
}
