import { type Instant, millis, parseInstant } from '../../api/time.ts';
import type { MeasurementView, MetricDetail, RunDetail } from '../model/run-detail.ts';
import { formatAge, formatDuration } from './age.ts';
import type { Paint } from './color.ts';
import { field } from './header.ts';
import { markOf, paintState } from './status-line.ts';
import { type Cell, cell, renderTable } from './table.ts';
import { flattenTree, type TreeNode } from './tree.ts';

/** Measurements of one metric that are shown unless all are asked for, the newest. */
const SHOWN = 5;

/** One AnalysisRun: its verdict so far, and as a tree its metrics with their measurements. */
export function renderRun(run: RunDetail, now: Instant, paint: Paint, wide: boolean): string[] {
  const optional = (label: string, text: string | undefined): string[] => (text === undefined ? [] : field(label, [text], paint));
  const root: TreeNode = {
    cells: [cell(run.name, 'strong'), stateCell(run.phase)],
    children: run.details.map((metric) => metricNode(metric, now, wide)),
  };
  return [
    ...field('Name', [paint('strong', run.name)], paint),
    ...optional('Namespace', run.namespace === '' ? undefined : run.namespace),
    ...field('Status', [paintState(run.phase, paint)], paint),
    ...optional('Message', run.message),
    ...optional('For', place(run)),
    ...optional('Templates', run.templates),
    ...field('Arguments', run.args, paint),
    ...optional('Terminate', run.terminating ? 'asked for: no new measurements' : undefined),
    ...field('Age', [formatAge(run.createdAt, now)], paint),
    ...optional('Took', duration(run)),
    ...(run.details.length === 0 ? [] : ['', ...renderTable(['NAME', 'STATUS', 'AT', 'VALUE', 'INFO'], flattenTree(root), paint)]),
  ];
}

function place(run: RunDetail): string | undefined {
  const what = run.step === undefined ? run.type : `${run.type ?? 'Step'}, step ${run.step}`;
  const whose =
    run.rollout === undefined ? undefined : `Rollout ${run.rollout}${run.revision === undefined ? '' : `, revision ${run.revision}`}`;
  const parts = [what, whose].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(' of ');
}

function duration(run: RunDetail): string | undefined {
  const [start, end] = [parseInstant(run.startedAt), parseInstant(run.completedAt)];
  return start === undefined || end === undefined ? undefined : formatDuration(millis(end - start));
}

function metricNode(metric: MetricDetail, now: Instant, wide: boolean): TreeNode {
  const kept = wide ? metric.measurements : metric.measurements.slice(-SHOWN);
  const hidden = metric.measurements.length - kept.length;
  const more: TreeNode[] = hidden === 0 ? [] : [{ cells: [cell(`${hidden} before (-o wide shows them)`, 'dim')], children: [] }];
  return {
    cells: [
      cell(metric.dryRun ? `${metric.name} (dry run)` : metric.name),
      stateCell(metric.phase),
      cell(''),
      cell(''),
      cell(metricInfo(metric, now)),
    ],
    // Only so many are retained: they are counted from the first one all the same.
    children: [...more, ...kept.map((one, index) => measurementNode(one, Math.max(0, metric.taken - kept.length) + index))],
  };
}

function metricInfo(metric: MetricDetail, now: Instant): string {
  const { limits, taken } = metric;
  const parts = [
    metric.threshold,
    `${taken}${limits['count'] === undefined ? '' : ` of ${limits['count']}`} measured`,
    tally('failed', metric.failed, limits['failure']),
    tally('inconclusive', metric.inconclusive, limits['inconclusive']),
    metric.errors === 0 ? '' : `${metric.errors} errors, ${limits['consecutiveError'] ?? '?'} in a row may be`,
    limits['consecutiveSuccess'] === undefined ? '' : `${limits['consecutiveSuccess']} successes in a row are enough`,
    nextText(metric.nextAt, now),
    metric.message ?? '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

/** `2 failed, 1 may`; without a limit only what there is. */
function tally(what: string, count: number, limit: number | undefined): string {
  if (count === 0 && (limit === undefined || what !== 'failed')) return '';
  return `${count} ${what}${limit === undefined ? '' : `, ${limit} may`}`;
}

function nextText(nextAt: string | undefined, now: Instant): string {
  const at = parseInstant(nextAt);
  if (at === undefined) return '';
  return at > now ? `next in ${formatDuration(millis(at - now))}` : 'next is due';
}

function measurementNode(measurement: MeasurementView, index: number): TreeNode {
  return {
    cells: [
      cell(`measurement ${index + 1}`, 'dim'),
      stateCell(measurement.phase),
      cell(measurement.at ?? ''),
      cell(measurement.value ?? ''),
      cell(measurement.message ?? ''),
    ],
    children: [],
  };
}

function stateCell(state: string): Cell {
  const mark = markOf(state);
  return cell(`${mark.symbol} ${state}`, mark.tone);
}
