import axios, { type AxiosResponse, isAxiosError } from 'axios';
import type { Clock } from '../../../ports/clock.ts';
import type { MetricQuery, MetricReply, MetricSource } from '../../../ports/metrics.ts';
import { failure, readAnswer, readRefusal } from './read-answer.ts';

/** Bytes of an answer after decompression (M15). */
const MAX_BODY_BYTES = 1024 * 1024;

interface Deadline {
  readonly signal: AbortSignal;
  /** Which of the two ended the request. */
  passed(): boolean;
  clear(): void;
}

/** One signal for the whole exchange: the caller's, or the deadline on the injected clock. */
function startDeadline(clock: Clock, query: MetricQuery): Deadline {
  const controller = new AbortController();
  let passed = false;
  const timer = clock.startTimer(query.timeout, () => {
    passed = true;
    controller.abort();
  });
  const forward = (): void => controller.abort();
  if (query.signal?.aborted === true) controller.abort();
  query.signal?.addEventListener('abort', forward, { once: true });
  return {
    signal: controller.signal,
    passed: () => passed,
    clear() {
      timer.cancel();
      query.signal?.removeEventListener('abort', forward);
    },
  };
}

function readResponse(response: AxiosResponse<unknown>, query: MetricQuery): MetricReply {
  const { status } = response;
  const body = typeof response.data === 'string' ? response.data : '';
  if (status >= 200 && status < 300) return readAnswer(body, query.at);
  if (status >= 300 && status < 400) {
    return failure('redirect', `the provider answers with a redirect (${status}), which is not followed: give the final address`, false);
  }
  if (status === 401 || status === 403) {
    return failure('unauthorized', `the provider refuses access (${status}): check the credentials of the MetricProvider`, true);
  }
  return (
    readRefusal(body) ??
    failure('http_error', `the provider answers with status ${status}`, status >= 500 || status === 408 || status === 429)
  );
}

function readError(error: unknown, query: MetricQuery, deadline: Deadline): MetricReply {
  if (deadline.passed()) return failure('timeout', `the provider gave no whole answer within ${query.timeout} ms`, true);
  if (query.signal?.aborted === true) return failure('aborted', 'the query was cancelled', true);
  if (isAxiosError(error)) {
    if (/maxContentLength/.test(error.message)) {
      return failure('too_large', `the answer is larger than ${MAX_BODY_BYTES} bytes; aggregate in the query`, false);
    }
    // The code is one of node's own words (ECONNREFUSED, ENOTFOUND); the message may hold what the server sent.
    const code = /^[A-Z_]{1,40}$/.test(error.code ?? '') ? ` (${error.code})` : '';
    return failure('unreachable', `the provider cannot be reached${code}: check the address of the MetricProvider`, true);
  }
  return failure('unreachable', 'the provider cannot be reached', true);
}

/** Where to ask, or the reply that says why nobody can be asked. */
function endpointOf(query: MetricQuery): URL | MetricReply {
  const address = query.provider.spec.prometheus?.address;
  const base = address === undefined ? null : URL.parse(address);
  if (base === null || (base.protocol !== 'http:' && base.protocol !== 'https:') || base.username !== '' || base.password !== '') {
    const name = query.provider.metadata.name;
    return failure('unsupported_provider', `MetricProvider ${name} has no usable Prometheus address: set spec.prometheus.address`, false);
  }
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/api/v1/query`;
  return base;
}

/**
 * Prometheus' HTTP API. Redirects are not followed and no proxy is taken from the environment (M1); an answer is cut off at 1 MiB and at the deadline,
 * whichever way it arrives (M15). A compressed answer counts with its full size.
 */
export function createPrometheusSource(deps: { readonly clock: Clock }): MetricSource {
  return {
    async query(query) {
      const endpoint = endpointOf(query);
      if (!(endpoint instanceof URL)) return endpoint;
      const deadline = startDeadline(deps.clock, query);
      try {
        const form = new URLSearchParams({ query: query.query, time: (query.at / 1000).toFixed(3), timeout: `${query.timeout}ms` });
        const response = await axios.post<unknown>(endpoint.href, form.toString(), {
          adapter: 'http',
          headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', 'user-agent': 'sluice' },
          maxRedirects: 0,
          maxContentLength: MAX_BODY_BYTES,
          maxBodyLength: MAX_BODY_BYTES,
          proxy: false,
          responseType: 'text',
          transformResponse: (data: unknown) => data,
          validateStatus: () => true,
          signal: deadline.signal,
        });
        return readResponse(response, query);
      } catch (error) {
        return readError(error, query, deadline);
      } finally {
        deadline.clear();
      }
    },
  };
}
