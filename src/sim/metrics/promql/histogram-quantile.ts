import { type Labels, labelKey } from './series-store.ts';
import { type VectorSample, withoutName } from './vector.ts';

interface Bucket {
  readonly upper: number;
  readonly count: number;
}

function parseBound(text: string | undefined): number {
  if (text === undefined) return Number.NaN;
  return text === '+Inf' ? Infinity : Number(text);
}

/** The value below which the share `q` of observations lies, read linearly inside its bucket, as Prometheus does. */
function quantileOf(q: number, unsorted: readonly Bucket[]): number {
  const buckets = unsorted.toSorted((a, b) => a.upper - b.upper);
  const last = buckets.at(-1);
  if (last === undefined || last.upper !== Infinity || buckets.length < 2 || last.count === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const rank = q * last.count;
  const index = buckets.findIndex((bucket) => bucket.count >= rank);
  const bucket = buckets[index];
  const below = buckets[index - 1];
  if (bucket === undefined || bucket === last) return buckets.at(-2)?.upper ?? Number.NaN;
  if (below === undefined && bucket.upper <= 0) return bucket.upper;
  const start = below?.upper ?? 0;
  const before = below?.count ?? 0;
  return start + (bucket.upper - start) * ((rank - before) / (bucket.count - before));
}

/** `histogram_quantile(q, buckets)` over classic histograms: one value for each set of labels besides `le`. */
export function histogramQuantile(q: number, samples: readonly VectorSample[]): readonly VectorSample[] {
  const groups = new Map<string, { labels: Labels; buckets: Bucket[] }>();
  for (const sample of samples) {
    const { le, ...labels } = withoutName(sample.labels);
    const upper = parseBound(le);
    if (Number.isNaN(upper)) continue;
    const group = groups.get(labelKey(labels)) ?? { labels, buckets: [] };
    group.buckets.push({ upper, count: sample.value });
    groups.set(labelKey(labels), group);
  }
  return [...groups.values()].map(({ labels, buckets }) => ({ labels, value: quantileOf(q, buckets) }));
}
