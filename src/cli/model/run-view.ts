import { ANALYSIS_TYPE, STEP_INDEX } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { shownValue } from '../../core/analysis/shown-value.ts';
import { clean } from '../render/escape.ts';
import { listAt, numberAt, textAt } from './fields.ts';

/** One metric of an AnalysisRun with its last value. */
export interface MetricView {
  readonly name: string;
  readonly phase: string;
  /** The last measured value; undefined before the first measurement. */
  readonly value: string | undefined;
  /** Measurements taken. */
  readonly taken: number;
  /** Measurements wanted; undefined when it goes on until it is stopped. */
  readonly wanted: number | undefined;
  readonly message: string | undefined;
}

export interface RunView {
  readonly name: string;
  readonly phase: string;
  readonly message: string | undefined;
  /** `Step`, `Background`, ... */
  readonly type: string | undefined;
  /** Counted from 1, as people count steps. */
  readonly step: number | undefined;
  readonly createdAt: string | undefined;
  readonly metrics: readonly MetricView[];
}

/** Reads an AnalysisRun leniently. */
export function toRunView(object: KubeObject): RunView {
  const index = object.metadata.labels?.[STEP_INDEX];
  const message = textAt(object, 'status', 'message');
  const results = listAt(object, 'status', 'metricResults');
  return {
    name: clean(object.metadata.name),
    phase: clean(textAt(object, 'status', 'phase') ?? 'Pending'),
    message: message === undefined || message === '' ? undefined : clean(message),
    type: optionalClean(object.metadata.labels?.[ANALYSIS_TYPE]),
    step: index !== undefined && /^[0-9]{1,4}$/.test(index) ? Number(index) + 1 : undefined,
    createdAt: object.metadata.creationTimestamp ?? undefined,
    metrics: listAt(object, 'spec', 'metrics').map((metric) => toMetricView(metric, results)),
  };
}

function toMetricView(metric: unknown, results: readonly unknown[]): MetricView {
  const name = textAt(metric, 'name') ?? '';
  const result = results.find((candidate) => textAt(candidate, 'name') === name);
  const last = listAt(result, 'measurements').at(-1);
  return {
    name: clean(name, 80),
    phase: clean(textAt(result, 'phase') ?? 'Pending', 40),
    value: shown(optionalClean(textAt(last, 'value'))),
    taken: (numberAt(result, 'count') ?? 0) + (numberAt(result, 'error') ?? 0),
    wanted: wantedCount(metric),
    message: optionalClean(textAt(result, 'message') ?? textAt(last, 'message')),
  };
}

/** Without an interval a metric is measured once; with one and no count it goes on (Argo Rollouts' rule). */
export function wantedCount(metric: unknown): number | undefined {
  const count = numberAt(metric, 'count');
  if (count !== undefined && count > 0) return count;
  const hasInterval = textAt(metric, 'interval') !== undefined || numberAt(metric, 'interval') !== undefined;
  return hasInterval ? undefined : 1;
}

function optionalClean(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : clean(text, 200);
}

function shown(value: string | undefined): string | undefined {
  return value === undefined ? undefined : shownValue(value);
}
