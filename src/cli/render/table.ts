import type { Paint, Tone } from './color.ts';

/** One cell: what it says and how it looks. Text must be safe already ({@link clean}). */
export interface Cell {
  readonly text: string;
  readonly tone?: Tone | undefined;
}

const GAP = '  ';

/** A cell from text, plain unless a tone is given. */
export function cell(text: string | number, tone: Tone = 'plain'): Cell {
  return { text: String(text), tone };
}

/** Characters as a terminal counts them, for the alphabets that Kubernetes names are made of. */
function width(text: string): number {
  return Array.from(text).length;
}

/** Rows under dim headings, columns as wide as their widest cell; no trailing blanks. A column that is empty in every row is left out. */
export function renderTable(headings: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): string[] {
  const used = headings.map((_, column) => column === 0 || rows.some((row) => (row[column]?.text ?? '') !== ''));
  const all = [headings.map((heading) => cell(heading, 'dim')), ...rows].map((row) => headings.map((_, column) => row[column] ?? cell('')));
  const visible = all.map((row) => row.filter((_, column) => used[column]));
  const widths = (visible[0] ?? []).map((_, column) => Math.max(...visible.map((row) => width(row[column]?.text ?? ''))));
  return visible.map((row) => renderRow(row, widths, paint));
}

function renderRow(row: readonly Cell[], widths: readonly number[], paint: Paint): string {
  const last = row.findLastIndex((entry) => entry.text !== '');
  return row
    .slice(0, last + 1)
    .map((entry, column) => {
      const padding = column === last ? '' : ' '.repeat((widths[column] ?? 0) - width(entry.text));
      return `${paint(entry.tone ?? 'plain', entry.text)}${padding}`;
    })
    .join(GAP);
}
