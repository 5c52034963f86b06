import type { Aggregator, Expression } from './expression.ts';
import { type Labels, labelKey } from './series-store.ts';
import { type VectorSample, withoutName } from './vector.ts';

type Grouping = Extract<Expression, { type: 'aggregate' }>['grouping'];

function groupLabels(labels: Labels, { without, labels: names }: Grouping): Labels {
  return Object.fromEntries(Object.entries(withoutName(labels)).filter(([name]) => names.includes(name) !== without));
}

/** The larger, or the smaller, of two; a NaN gives way to any number, as in Prometheus. */
function pick(values: readonly number[], better: (a: number, b: number) => boolean): number {
  return values.reduce((best, value) => (Number.isNaN(best) || better(value, best) ? value : best), Number.NaN);
}

function combine(op: Aggregator, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (op) {
    case 'sum':
      return sum;
    case 'avg':
      return sum / values.length;
    case 'max':
      return pick(values, (a, b) => a > b);
    case 'min':
      return pick(values, (a, b) => a < b);
    case 'count':
      return values.length;
  }
}

/** One value a group; `by ()`, the default, makes one group of all. */
export function aggregate(op: Aggregator, grouping: Grouping, samples: readonly VectorSample[]): readonly VectorSample[] {
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const sample of samples) {
    const labels = groupLabels(sample.labels, grouping);
    const key = labelKey(labels);
    const group = groups.get(key) ?? { labels, values: [] };
    group.values.push(sample.value);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: combine(op, values) }));
}
