import type { Instant, Millis } from '../../../api/time.ts';

interface Sample {
  readonly at: Instant;
  readonly value: number;
}

/** How much a counter grew between its samples, resets counted as restarts from zero. */
function growth(samples: readonly Sample[]): number {
  let total = 0;
  samples.forEach((sample, index) => {
    const before = samples[index - 1];
    if (before !== undefined) total += sample.value < before.value ? sample.value : sample.value - before.value;
  });
  return total;
}

/**
 * Prometheus' `increase` over a window: the growth between the first and the last sample, extended to the window's ends when the samples come that close,
 * by half a sample distance otherwise, and never below the counter's zero (promql/functions.go, extrapolatedRate). Undefined for fewer than two samples.
 */
export function extrapolatedIncrease(samples: readonly Sample[], end: Instant, range: Millis): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || samples.length < 2) return undefined;
  const increase = growth(samples);
  const sampled = last.at - first.at;
  const distance = sampled / (samples.length - 1);
  const threshold = distance * 1.1;
  let toStart = first.at - (end - range);
  let toEnd = end - last.at;
  if (toStart >= threshold) toStart = distance / 2;
  if (increase > 0 && first.value >= 0) toStart = Math.min(toStart, sampled * (first.value / increase));
  if (toEnd >= threshold) toEnd = distance / 2;
  return increase * ((sampled + toStart + toEnd) / sampled);
}
