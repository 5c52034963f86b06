import type { KubeObject } from '../../api/metadata.ts';
import type { Instant } from '../../api/time.ts';
import { toRolloutView } from '../model/rollout-view.ts';
import { toRunView } from '../model/run-view.ts';
import { currentStep, desiredWeight } from '../model/steps.ts';
import { formatAge } from './age.ts';
import type { Paint } from './color.ts';
import { clean } from './escape.ts';
import { effectiveMessage, effectivePhase, markOf } from './status-line.ts';
import { type Cell, cell, renderTable } from './table.ts';

export interface ListRenderOptions {
  readonly now: Instant;
  /** All namespaces: show whose each line is. */
  readonly everywhere: boolean;
  readonly wide: boolean;
  readonly paint: Paint;
}

/** One line a Rollout. */
export function renderRolloutList(items: readonly KubeObject[], options: ListRenderOptions): string[] {
  const headings = [
    'NAME',
    'STRATEGY',
    'STATUS',
    'STEP',
    'WEIGHT',
    'READY',
    'UPDATED',
    'AGE',
    'RESTORE',
    ...(options.wide ? ['MESSAGE'] : []),
  ];
  const rows = items.map((rollout): Cell[] => {
    const view = toRolloutView({ rollout, replicaSets: [], runs: [], pods: [] });
    const step = currentStep(view);
    const weight = view.status.canary?.weights?.canary.weight ?? desiredWeight(view);
    return [
      cell(view.name),
      cell(view.strategy),
      stateCell(effectivePhase(view)),
      cell(step === undefined ? '' : `${step}/${view.steps.length}`),
      cell(weight ?? ''),
      cell(`${view.status.readyReplicas ?? 0}/${view.desiredReplicas}`),
      cell(view.status.updatedReplicas ?? 0),
      cell(formatAge(view.createdAt, options.now)),
      cell(view.status.rollback?.state ?? '', view.status.rollback?.state === 'Blocked' ? 'bad' : 'plain'),
      ...(options.wide ? [cell(effectiveMessage(view))] : []),
    ];
  });
  return withNamespaces(items, headings, rows, options);
}

/** One line an AnalysisRun. */
export function renderRunList(items: readonly KubeObject[], options: ListRenderOptions): string[] {
  const headings = ['NAME', 'STATUS', 'FOR', 'VALUES', 'AGE', ...(options.wide ? ['MESSAGE'] : [])];
  const rows = items.map((item): Cell[] => {
    const run = toRunView(item);
    const values = run.metrics.map((metric) => `${metric.name} ${metric.value === undefined ? '?' : `= ${metric.value}`}`).join(', ');
    return [
      cell(run.name),
      stateCell(run.phase),
      cell(run.step === undefined ? (run.type ?? '') : `step ${run.step}`),
      cell(values),
      cell(formatAge(run.createdAt, options.now)),
      ...(options.wide ? [cell(run.message ?? '')] : []),
    ];
  });
  return withNamespaces(items, headings, rows, options);
}

function withNamespaces(
  items: readonly KubeObject[],
  headings: readonly string[],
  rows: readonly Cell[][],
  options: ListRenderOptions,
): string[] {
  if (!options.everywhere) return renderTable(headings, rows, options.paint);
  const extended = rows.map((row, index) => [cell(clean(items[index]?.metadata.namespace ?? '')), ...row]);
  return renderTable(['NAMESPACE', ...headings], extended, options.paint);
}

function stateCell(state: string): Cell {
  const mark = markOf(state);
  return cell(`${mark.symbol} ${state}`, mark.tone);
}
