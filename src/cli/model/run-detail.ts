import { REVISION, ROLLOUT_LABEL, TEMPLATES } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { shownValue } from '../../core/analysis/shown-value.ts';
import { clean } from '../render/escape.ts';
import { listAt, numberAt, recordAt, textAt } from './fields.ts';
import { type RunView, toRunView, wantedCount } from './run-view.ts';

/** One measurement of a metric. */
export interface MeasurementView {
  readonly phase: string;
  readonly at: string | undefined;
  readonly value: string | undefined;
  readonly message: string | undefined;
}

/** One metric with everything that is known of it. */
export interface MetricDetail {
  readonly name: string;
  readonly phase: string;
  /** It reports, and does not judge. */
  readonly dryRun: boolean;
  readonly taken: number;
  readonly failed: number;
  readonly errors: number;
  readonly inconclusive: number;
  readonly limits: Readonly<Record<string, number>>;
  /** The conditions with arguments filled in; before the first measurement as they are written. */
  readonly threshold: string;
  readonly nextAt: string | undefined;
  readonly message: string | undefined;
  readonly measurements: readonly MeasurementView[];
}

/** An AnalysisRun as one who looks into it sees it. */
export interface RunDetail extends RunView {
  readonly namespace: string;
  readonly rollout: string | undefined;
  readonly revision: string | undefined;
  readonly templates: string | undefined;
  readonly args: readonly string[];
  /** Somebody asked it to end. */
  readonly terminating: boolean;
  readonly startedAt: string | undefined;
  readonly completedAt: string | undefined;
  readonly details: readonly MetricDetail[];
}

/** Reads an AnalysisRun leniently. */
export function toRunDetail(object: KubeObject): RunDetail {
  const { annotations = {}, labels = {}, ownerReferences } = object.metadata;
  const results = listAt(object, 'status', 'metricResults');
  const owner = (ownerReferences ?? []).find((one) => one.controller === true && one.kind === 'Rollout')?.name;
  return {
    ...toRunView(object),
    namespace: clean(object.metadata.namespace ?? ''),
    rollout: optional(owner ?? labels[ROLLOUT_LABEL]),
    revision: optional(annotations[REVISION]),
    templates: optional(annotations[TEMPLATES]),
    args: listAt(object, 'spec', 'args').map((arg) => clean(`${textAt(arg, 'name') ?? ''} = ${textAt(arg, 'value') ?? '?'}`, 200)),
    terminating: recordAt(object, 'spec')['terminate'] === true,
    startedAt: textAt(object, 'status', 'startedAt'),
    completedAt: textAt(object, 'status', 'completedAt'),
    details: listAt(object, 'spec', 'metrics').map((metric) => toMetricDetail(metric, object, results)),
  };
}

function toMetricDetail(metric: unknown, run: KubeObject, results: readonly unknown[]): MetricDetail {
  const name = textAt(metric, 'name') ?? '';
  const result = results.find((candidate) => textAt(candidate, 'name') === name);
  const wanted = wantedCount(metric);
  return {
    name: clean(name, 80),
    phase: clean(textAt(result, 'phase') ?? 'Pending', 40),
    dryRun: recordAt(result)['dryRun'] === true || isDryRun(name, run),
    taken: (numberAt(result, 'count') ?? 0) + (numberAt(result, 'error') ?? 0),
    failed: numberAt(result, 'failed') ?? 0,
    errors: numberAt(result, 'error') ?? 0,
    inconclusive: numberAt(result, 'inconclusive') ?? 0,
    limits: { ...(wanted === undefined ? {} : { count: wanted }), ...numbersIn(recordAt(result, 'limits')) },
    threshold: clean(textAt(result, 'threshold') ?? writtenThreshold(metric), 300),
    nextAt: textAt(result, 'nextMeasurementAt'),
    message: optional(textAt(result, 'message')),
    measurements: listAt(result, 'measurements').map(toMeasurement),
  };
}

/** The conditions as they are written, in the form in which the controller tells them. */
function writtenThreshold(metric: unknown): string {
  const [success, failure] = [textAt(metric, 'successCondition'), textAt(metric, 'failureCondition')];
  if (failure === undefined) return success ?? '';
  return success === undefined ? `not ${failure}` : `${success}; fails when ${failure}`;
}

/** Before the controller has said so itself: by the names in the spec, which may be patterns. */
function isDryRun(name: string, run: KubeObject): boolean {
  return listAt(run, 'spec', 'dryRun').some((entry) => textAt(entry, 'metricName') === name);
}

function numbersIn(record: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(record).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

function toMeasurement(measurement: unknown): MeasurementView {
  const value = textAt(measurement, 'value');
  return {
    phase: clean(textAt(measurement, 'phase') ?? '', 40),
    at: textAt(measurement, 'finishedAt') ?? textAt(measurement, 'startedAt'),
    value: value === undefined || value === '' ? undefined : shownValue(clean(value, 200)),
    message: optional(textAt(measurement, 'message')),
  };
}

function optional(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : clean(text, 300);
}
