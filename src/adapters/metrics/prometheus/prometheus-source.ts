import type { MetricReply, MetricSource, PrometheusQuery } from '../../../ports/metrics.ts';
import { type AskHttp, badStatus, endpointUrl } from '../http/ask-http.ts';
import { readAnswer, readRefusal } from './read-answer.ts';

const seconds = (at: number): string => (at / 1000).toFixed(3);

function formOf({ query, range, at, timeout }: PrometheusQuery): string {
  const moment =
    range === undefined ? { time: seconds(at) } : { start: seconds(range.start), end: seconds(range.end), step: seconds(range.step) };
  return new URLSearchParams({ query, ...moment, timeout: `${timeout}ms` }).toString();
}

/** Prometheus' HTTP API: instant and range queries by POST, so that a long query is no long URL. */
export function createPrometheusSource(deps: { readonly ask: AskHttp }): MetricSource<PrometheusQuery> {
  return {
    async query(query): Promise<MetricReply> {
      const url = endpointUrl(query.endpoint);
      if (!(url instanceof URL)) return url;
      url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/${query.range === undefined ? 'query' : 'query_range'}`;
      const answer = await deps.ask({
        endpoint: query.endpoint,
        url,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: formOf(query),
        timeout: query.timeout,
        signal: query.signal,
      });
      if (answer.kind !== 'answer') return answer;
      if (answer.status >= 200 && answer.status < 300) return readAnswer(answer.body, query);
      return readRefusal(answer.body) ?? badStatus(answer.status);
    },
  };
}
