import type { Instant } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MetricQuery, MetricReply, MetricSource } from '../../ports/metrics.ts';

/** What a rule says at one time: a number, the numbers of several series, or any reply, failures included. `hang` never answers by itself. */
export type ScriptedValue = number | readonly number[] | MetricReply | 'hang';

/** The first rule whose text the query contains answers it. */
export interface ScriptedRule {
  readonly match: string;
  value(at: Instant): ScriptedValue;
}

function toReply(value: Exclude<ScriptedValue, 'hang'>): MetricReply {
  if (typeof value === 'number') return { kind: 'vector', values: [value], warnings: 0 };
  if ('kind' in value) return value;
  return value.length === 0 ? { kind: 'empty', warnings: 0 } : { kind: 'vector', values: value, warnings: 0 };
}

/** What a rule's text is looked for in: the query, or method, address and path. */
function textOf(query: MetricQuery): string {
  switch (query.type) {
    case 'prometheus':
      return query.query;
    case 'web':
      return `${query.method} ${query.endpoint.address}${query.path}`;
    case 'job':
      return query.name;
  }
}

/** Resolves with the reply of whatever ends a query that nobody answers. */
function hang(clock: Clock, query: MetricQuery): Promise<MetricReply> {
  return new Promise((resolve) => {
    const end = (reply: MetricReply): void => {
      timer.cancel();
      query.signal?.removeEventListener('abort', onAbort);
      resolve(reply);
    };
    const onAbort = (): void => end({ kind: 'failed', reason: 'aborted', message: 'the query was cancelled', retryable: true });
    query.signal?.addEventListener('abort', onAbort, { once: true });
    const timer = clock.startTimer(query.timeout, () => {
      end({ kind: 'failed', reason: 'timeout', message: `the provider gave no whole answer within ${query.timeout} ms`, retryable: true });
    });
  });
}

/** A metric provider whose values follow a script over (virtual) time; a query that no rule matches finds no data. */
export function createScriptedMetricSource(options: {
  readonly clock: Clock;
  readonly rules: () => readonly ScriptedRule[];
}): MetricSource {
  return {
    async query(query) {
      if (query.signal?.aborted === true) return { kind: 'failed', reason: 'aborted', message: 'the query was cancelled', retryable: true };
      const rule = options.rules().find(({ match }) => textOf(query).includes(match));
      const value = rule === undefined ? [] : rule.value(query.at);
      return value === 'hang' ? hang(options.clock, query) : toReply(value);
    },
  };
}
