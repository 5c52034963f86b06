import { type Instant, instant, type Millis } from '../../../api/time.ts';
import type { LabelMatcher } from './expression.ts';
import { PromqlError, unsupported } from './promql-error.ts';

export type Labels = Readonly<Record<string, string>>;

/** One scraped value; undefined marks that the series ended here. */
export interface StoredSample {
  readonly at: Instant;
  readonly value: number | undefined;
}

export interface Series {
  readonly labels: Labels;
  /** Oldest first. */
  readonly samples: readonly StoredSample[];
}

/** A short memory of scraped series. */
export interface SeriesStore {
  append(labels: Labels, at: Instant, value: number | undefined): void;
  /** Every series whose labels, the name as `__name__` included, fit all matchers. */
  select(matchers: readonly LabelMatcher[]): readonly Series[];
}

/** Labels as one text, whatever their order. */
export function labelKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** An anchored pattern. Repeated groups are refused: V8 can take exponential time on them. */
function compilePattern(pattern: string): RegExp {
  if (pattern.length > 256 || /\)[*+?{]/.test(pattern) || /\\[1-9k]|\(\?/.test(pattern))
    throw unsupported('a pattern with a repeated or special group');
  try {
    return new RegExp(`^(?:${pattern})$`, 's');
  } catch {
    throw new PromqlError('error parsing regexp');
  }
}

function compileMatcher({ label, op, value }: LabelMatcher): (labels: Labels) => boolean {
  const read = (labels: Labels): string => (Object.hasOwn(labels, label) ? (labels[label] ?? '') : '');
  if (op === '=') return (labels) => read(labels) === value;
  if (op === '!=') return (labels) => read(labels) !== value;
  const pattern = compilePattern(value);
  return (labels) => pattern.test(read(labels)) === (op === '=~');
}

/** Keeps samples for `retention` behind the newest one. */
export function createSeriesStore(retention: Millis): SeriesStore {
  const all = new Map<string, { labels: Labels; samples: StoredSample[] }>();
  let newest = -Infinity;
  const dropOld = (): void => {
    const horizon = newest - retention;
    for (const [key, series] of all) {
      const keep = series.samples.findIndex(({ at }) => at >= horizon);
      if (keep < 0) all.delete(key);
      else if (keep > 0) series.samples.splice(0, keep);
    }
  };
  return {
    append(labels, at, value) {
      const key = labelKey(labels);
      const series = all.get(key) ?? { labels, samples: [] };
      all.set(key, series);
      const last = series.samples.at(-1);
      if (last !== undefined && last.at >= at) return;
      series.samples.push({ at, value });
      if (at > newest) {
        newest = instant(at);
        dropOld();
      }
    },
    select(matchers) {
      const tests = matchers.map(compileMatcher);
      return [...all.values()].filter(({ labels }) => tests.every((test) => test(labels)));
    },
  };
}
