import { parseDuration } from '../../api/duration.ts';
import type { HttpEndpoint, MetricProvider } from '../../api/metric-provider.ts';
import { type Instant, instant, type Millis, millis } from '../../api/time.ts';
import type { TakenMeasurement } from '../../core/analysis/assess.ts';
import type { DueMetric } from '../../core/analysis/decide.ts';
import type { EndpointName, MetricQuestion } from '../../core/analysis/question.ts';
import { revisionHash } from '../../core/identity/revision-hash.ts';
import type { Clock } from '../../ports/clock.ts';
import type { JobQuery, MetricEndpoint, MetricFailure, MetricQuery, MetricReply, MetricSource } from '../../ports/metrics.ts';
import { type ReadSecret, readAccess } from './endpoint-access.ts';

/** Argo Rollouts' limits for one question. */
const DEFAULT_TIMEOUT: Readonly<Record<'prometheus' | 'web', Millis>> = { prometheus: millis(30_000), web: millis(10_000) };

export interface MeasureDeps {
  readonly source: MetricSource;
  readonly clock: Clock;
  readonly readSecret: ReadSecret;
  /** Owner of the Jobs that measure. */
  readonly run: JobQuery['run'];
  /** The provider of this name; undefined when there is none. */
  provider(name: string): MetricProvider | undefined;
}

type Failed = Extract<MetricReply, { kind: 'failed' }>;

function failed(reason: MetricFailure, message: string, retryable: boolean): Failed {
  return { kind: 'failed', reason, message, retryable };
}

interface Reached {
  readonly endpoint: MetricEndpoint;
  readonly timeout: Millis | undefined;
}

/** The endpoint that a question names, with its credentials. */
async function reach(name: EndpointName, type: 'prometheus' | 'web', deps: MeasureDeps): Promise<Reached | Failed> {
  if ('address' in name) {
    const endpoint = { label: 'the address in the template', address: name.address, access: { headers: [] }, inline: true };
    return { endpoint, timeout: undefined };
  }
  const label = `MetricProvider ${name.provider}`;
  const found = deps.provider(name.provider);
  if (found === undefined) return failed('unsupported_provider', `there is no ${label}`, false);
  const spec: HttpEndpoint | undefined = found.spec[type];
  if (spec === undefined) return failed('unsupported_provider', `${label} has no ${type} entry`, false);
  const access = await readAccess(spec, deps.readSecret);
  if (typeof access === 'string') return failed('no_credentials', `${label} cannot be used: ${access}`, true);
  return { endpoint: { label, address: spec.address, access, inline: false }, timeout: parseDuration(spec.timeout) };
}

const JOB_TIMEOUT = millis(30_000);
/** Pods carry the Job's name as a label. */
const LONGEST_LABEL = 63;

/** One look at the Job of a measurement; its name holds what makes it the only one: run, metric and measurement. */
function jobQueryOf(
  due: DueMetric,
  question: Extract<MetricQuestion, { type: 'job' }>,
  at: Instant,
  run: JobQuery['run'],
  signal: AbortSignal,
): JobQuery {
  const hash = revisionHash([run.uid, due.metric, due.ordinal]);
  const readable = due.metric
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+/g, '')
    .slice(0, LONGEST_LABEL - hash.length - 1);
  const { labels, annotations, spec } = question;
  const name = readable === '' ? hash : `${readable}-${hash}`;
  return { type: 'job', name, run, begun: due.startedAt !== undefined, labels, annotations, spec, at, timeout: JOB_TIMEOUT, signal };
}

async function queryOf(due: DueMetric, at: Instant, deps: MeasureDeps, signal: AbortSignal): Promise<MetricQuery | Failed> {
  const { question } = due;
  if (question.type === 'job') return jobQueryOf(due, question, at, deps.run, signal);
  const reached = await reach(question.endpoint, question.type, deps);
  if ('kind' in reached) return reached;
  const asking = { endpoint: reached.endpoint, at, timeout: question.timeout ?? reached.timeout ?? DEFAULT_TIMEOUT[question.type], signal };
  if (question.type === 'web') {
    const { method, path, body, jsonPath } = question;
    return { type: 'web', method, path, body, jsonPath, ...asking };
  }
  const { query, range } = question;
  const moment =
    range === undefined
      ? {}
      : { range: { start: instant(at - range.startsBefore), end: instant(at - range.endsBefore), step: range.step } };
  return { type: 'prometheus', query, ...moment, ...asking };
}

async function ask(due: DueMetric, deps: MeasureDeps, signal: AbortSignal): Promise<MetricReply> {
  try {
    const query = await queryOf(due, deps.clock.now(), deps, signal);
    return 'kind' in query ? query : await deps.source.query(query);
  } catch {
    // A source must not reject. When one does, or a Secret cannot be read just now, that metric is not measured; the others and the controller go on.
    return failed('query_failed', 'the metric source broke off', true);
  }
}

/** Asks all that is due at once. Never rejects: what goes wrong is a measurement too. */
export function measureDue(due: readonly DueMetric[], deps: MeasureDeps, signal: AbortSignal): Promise<readonly TakenMeasurement[]> {
  return Promise.all(
    due.map(async (one) => {
      const startedAt = one.startedAt ?? deps.clock.now();
      const reply = await ask(one, deps, signal);
      return { metric: one.metric, startedAt, finishedAt: deps.clock.now(), reply };
    }),
  );
}
