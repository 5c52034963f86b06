import type { MetricReply, MetricSource, WebQuery } from '../../../ports/metrics.ts';
import { type FailedReply, failure } from '../failure.ts';
import { type AskHttp, badStatus, endpointUrl } from '../http/ask-http.ts';
import { readWebAnswer } from './read-web-answer.ts';

/** The endpoint's address with the path behind it; what would leave the address of the platform team is refused. */
function urlOf({ endpoint, path }: WebQuery): URL | FailedReply {
  const base = endpointUrl(endpoint);
  if (!(base instanceof URL) || path === '') return base;
  const below = base.pathname.replace(/\/+$/, '');
  const url = URL.parse(`${base.origin}${below}${path}`);
  // Dot segments and backslashes are gone from a parsed address, whatever way they were written.
  const inside = url !== null && url.origin === base.origin && (url.pathname === below || url.pathname.startsWith(`${below}/`));
  return inside ? url : failure('query_refused', `the path leads out of the address of ${endpoint.label}; write it without ..`, false);
}

/** HTTP endpoints that answer with JSON or plain text. */
export function createWebSource(deps: { readonly ask: AskHttp }): MetricSource<WebQuery> {
  return {
    async query(query): Promise<MetricReply> {
      const url = urlOf(query);
      if (!(url instanceof URL)) return url;
      const { endpoint, method, body, timeout, signal } = query;
      const headers: Readonly<Record<string, string>> = {
        accept: 'application/json, text/plain;q=0.9, */*;q=0.1',
        ...(body === undefined ? {} : { 'content-type': body.contentType }),
      };
      const answer = await deps.ask({ endpoint, url, method, headers, body: body?.text, timeout, signal });
      if (answer.kind !== 'answer') return answer;
      return answer.status >= 200 && answer.status < 300 ? readWebAnswer(answer.body, query.jsonPath) : badStatus(answer.status);
    },
  };
}
