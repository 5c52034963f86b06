import type { Instant } from '../../api/time.ts';
import type { RunView } from '../model/run-view.ts';
import { formatAge } from './age.ts';
import type { Paint } from './color.ts';
import { field } from './header.ts';
import { markOf, paintState } from './status-line.ts';
import { cell, renderTable } from './table.ts';

/** One AnalysisRun: its verdict so far and each metric's last value. */
export function renderRun(run: RunView, now: Instant, paint: Paint): string[] {
  const place = run.step === undefined ? run.type : `${run.type ?? 'Step'}, step ${run.step}`;
  const rows = run.metrics.map((metric) => {
    const mark = markOf(metric.phase);
    return [
      cell(metric.name),
      cell(`${mark.symbol} ${metric.phase}`, mark.tone),
      cell(metric.value ?? ''),
      cell(metric.wanted === undefined ? metric.taken : `${metric.taken}/${metric.wanted}`),
      cell(metric.message ?? ''),
    ];
  });
  return [
    ...field('Name', [paint('strong', run.name)], paint),
    ...field('Status', [paintState(run.phase, paint)], paint),
    ...(run.message === undefined ? [] : field('Message', [run.message], paint)),
    ...(place === undefined ? [] : field('For', [place], paint)),
    ...field('Age', [formatAge(run.createdAt, now)], paint),
    ...(rows.length === 0 ? [] : ['', ...renderTable(['METRIC', 'STATUS', 'VALUE', 'MEASURED', 'MESSAGE'], rows, paint)]),
  ];
}
