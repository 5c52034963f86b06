import type { Labels } from './promql/series-store.ts';

/** One line of a metrics page. */
export interface ExposedSample {
  /** With the metric's name as `__name__`. */
  readonly labels: Labels;
  readonly value: number;
}

const LINE = /^([A-Za-z_:][A-Za-z0-9_:]*)\s*(?:\{(.*)\})?\s+([^\s]+)(?:\s+-?[0-9]+)?$/;
const LABEL = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

function parseLabels(text: string): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  let position = 0;
  while (position < text.length && text.slice(position).trim() !== '') {
    LABEL.lastIndex = position;
    const match = LABEL.exec(text);
    if (match === null) return undefined;
    labels[match[1] ?? ''] = (match[2] ?? '').replace(/\\(.)/g, (_, escape: string) => (escape === 'n' ? '\n' : escape));
    position = LABEL.lastIndex;
  }
  return labels;
}

function parseNumber(text: string): number | undefined {
  if (text === 'NaN') return Number.NaN;
  if (text === '+Inf' || text === 'Inf') return Infinity;
  if (text === '-Inf') return -Infinity;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

/** The samples of a page in Prometheus' text format, or undefined when a line cannot be read: then the scrape counts as failed. */
export function parseExposition(page: string): readonly ExposedSample[] | undefined {
  const samples: ExposedSample[] = [];
  for (const raw of page.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = LINE.exec(line);
    const labels = parseLabels(match?.[2] ?? '');
    const value = parseNumber(match?.[3] ?? 'none');
    if (match === null || labels === undefined || value === undefined) return undefined;
    samples.push({ labels: { ...labels, __name__: match[1] ?? '' }, value });
  }
  return samples;
}
