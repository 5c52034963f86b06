import type { Instant } from '../../api/time.ts';
import { shownValue } from '../../core/analysis/shown-value.ts';
import type { RolloutView } from '../model/rollout-view.ts';
import { formatAge } from './age.ts';
import type { Paint } from './color.ts';
import { clean } from './escape.ts';
import { markOf } from './status-line.ts';
import { cell, renderTable } from './table.ts';

/** Every gate with its verdict, why, and the last value of each metric. Empty when there are none. */
export function renderGates(view: RolloutView, now: Instant, paint: Paint): string[] {
  const gates = view.status.gates ?? [];
  if (gates.length === 0) return [];
  const rows = gates.map((gate) => {
    const mark = markOf(gate.verdict);
    const values = (gate.values ?? []).map((value) => `${clean(value.metric, 80)} = ${shownValue(clean(value.value, 200))}`).join(', ');
    return [
      cell(`${mark.symbol} ${gateName(gate.name)}`, mark.tone),
      cell(gate.verdict),
      cell(clean(gate.reason ?? '', 200)),
      cell(values),
      cell(formatAge(gate.since, now)),
    ];
  });
  const table = renderTable(['GATE', 'VERDICT', 'REASON', 'VALUES', 'SINCE'], rows, paint);
  return [paint('strong', 'Gates'), ...table.map((line) => `  ${line}`)];
}

/** A step's gate is named by its index; people count from 1. */
function gateName(name: string): string {
  return /^[0-9]{1,4}$/.test(name) ? `step ${Number(name) + 1}` : clean(name, 80);
}
