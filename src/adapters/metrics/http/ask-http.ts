import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import axios, { type AxiosRequestConfig, isAxiosError } from 'axios';
import type { Millis } from '../../../api/time.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { EndpointAccess, MetricEndpoint } from '../../../ports/metrics.ts';
import { type FailedReply, failure } from '../failure.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import type { CheckedAddress, ResolvedAddress } from './inline-guard.ts';

/** Bytes of an answer after decompression (M15). */
const MAX_BODY_BYTES = 1024 * 1024;

/** One HTTP exchange with a metric endpoint. */
export interface HttpQuestion {
  readonly endpoint: MetricEndpoint;
  /** Below the endpoint's address. */
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Whole budget, from connecting to the last byte. */
  readonly timeout: Millis;
  readonly signal?: AbortSignal | undefined;
}

/** Status and body of an answer that is neither a redirect nor a refused login. */
export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly body: string;
}

export type AskHttp = (question: HttpQuestion) => Promise<HttpAnswer | FailedReply>;

/** The address of an endpoint, or the reply that says why nobody can be asked there. It is not repeated: it may hold a password. */
export function endpointUrl(endpoint: MetricEndpoint): URL | FailedReply {
  const url = URL.parse(endpoint.address);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.password !== '') {
    return failure(
      'unsupported_provider',
      `${endpoint.label} has no usable address: write it as in https://prometheus.example:9090`,
      false,
    );
  }
  return url;
}

/** Headers that carry credentials; they win over what the question says. */
function accessHeaders(access: EndpointAccess): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const { key, value } of access.headers) headers[key.toLowerCase()] = value.reveal();
  if (access.bearer !== undefined) headers['authorization'] = `Bearer ${access.bearer.reveal()}`;
  if (access.basic !== undefined) {
    const { username, password } = access.basic;
    headers['authorization'] = `Basic ${Buffer.from(`${username.reveal()}:${password.reveal()}`, 'utf8').toString('base64')}`;
  }
  return headers;
}

/** Answers every look-up with the address that was checked. */
function pinnedTo({ address, family }: ResolvedAddress): LookupFunction {
  return (_host, options, answer) => {
    if (options.all === true) answer(null, [{ address, family }]);
    else answer(null, address, family);
  };
}

/** Verification does not depend on what the environment says (NODE_TLS_REJECT_UNAUTHORIZED). */
const VERIFYING = new HttpsAgent({ rejectUnauthorized: true, keepAlive: true });

/** Agents for one exchange: pinned to an address, or trusting one authority; node's own for plain http otherwise. */
function agentsFor({ endpoint }: HttpQuestion, pinned: ResolvedAddress | undefined): Pick<AxiosRequestConfig, 'httpAgent' | 'httpsAgent'> {
  const { authority } = endpoint.access;
  if (pinned === undefined && authority === undefined) return { httpsAgent: VERIFYING };
  const options = { keepAlive: false, ...(pinned === undefined ? {} : { lookup: pinnedTo(pinned) }) };
  const trust = { rejectUnauthorized: true, ...(authority === undefined ? {} : { ca: authority }) };
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent({ ...options, ...trust }) };
}

function requestConfig(question: HttpQuestion, deadline: Deadline, pinned: ResolvedAddress | undefined): AxiosRequestConfig<string> {
  const { endpoint, url, method, headers, body } = question;
  return {
    adapter: 'http',
    url: url.href,
    method,
    headers: { accept: 'application/json', 'user-agent': 'sluice', ...headers, ...accessHeaders(endpoint.access) },
    ...(body === undefined ? {} : { data: body }),
    maxRedirects: 0,
    maxContentLength: MAX_BODY_BYTES,
    maxBodyLength: MAX_BODY_BYTES,
    proxy: false,
    responseType: 'text',
    transformRequest: (data: unknown) => data,
    transformResponse: (data: unknown) => data,
    validateStatus: () => true,
    signal: deadline.signal,
    ...agentsFor(question, pinned),
  };
}

/** Node's words for a certificate that does not hold. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|ERR_SSL_/;

function readError(error: unknown, { endpoint, timeout, signal }: HttpQuestion, deadline: Deadline): FailedReply {
  if (deadline.passed()) return failure('timeout', `the provider gave no whole answer within ${timeout} ms`, true);
  if (signal?.aborted === true) return failure('aborted', 'the query was cancelled', true);
  if (!isAxiosError(error)) return failure('unreachable', 'the provider cannot be reached', true);
  if (/maxContentLength/.test(error.message)) {
    return failure('too_large', `the answer is larger than ${MAX_BODY_BYTES} bytes; ask for less`, false);
  }
  // The code is one of node's own words (ECONNREFUSED, ENOTFOUND); the message may hold what the server sent.
  const code = /^[A-Z_]{1,60}$/.test(error.code ?? '') ? ` (${error.code})` : '';
  if (CERTIFICATE.test(code)) {
    const remedy = endpoint.inline ? 'name a MetricProvider with tls.caSecretRef' : `set tls.caSecretRef in ${endpoint.label}`;
    return failure('bad_certificate', `the certificate of the provider cannot be verified${code}: ${remedy}`, true);
  }
  return failure('unreachable', `the provider cannot be reached${code}: check the address of ${endpoint.label}`, true);
}

export interface HttpAskerDeps {
  readonly clock: Clock;
  /** Decides where a request to an address out of a template may go. */
  readonly checkInline: (url: URL) => Promise<CheckedAddress>;
}

/** The address to connect to when a template names it, checked within the deadline; undefined when a MetricProvider names it. */
async function pinnedAddress(question: HttpQuestion, deadline: Deadline, deps: HttpAskerDeps): Promise<CheckedAddress | undefined> {
  if (!question.endpoint.inline) return undefined;
  const ended = new Promise<never>((_, reject) => {
    deadline.signal.addEventListener('abort', () => reject(new Error('the deadline is over')), { once: true });
  });
  return Promise.race([deps.checkInline(question.url), ended]);
}

/**
 * Asks metric endpoints over HTTP. Redirects are not followed and no proxy is taken from the environment (M1); an answer is cut off at 1 MiB and at the
 * deadline, whichever way it arrives (M15); certificates are always verified (M22). Never rejects, and repeats nothing that the server sent.
 */
export function createHttpAsker(deps: HttpAskerDeps): AskHttp {
  return async (question) => {
    const deadline = startDeadline(deps.clock, question.timeout, question.signal);
    try {
      const pinned = await pinnedAddress(question, deadline, deps);
      if (pinned !== undefined && 'kind' in pinned) return pinned;
      const { status, data } = await axios.request<unknown>(requestConfig(question, deadline, pinned));
      const label = question.endpoint.label;
      if (status >= 300 && status < 400)
        return failure(
          'redirect',
          `the provider answers with a redirect (${status}), which is not followed: give the final address`,
          false,
        );
      if (status === 401 || status === 403)
        return failure('unauthorized', `the provider refuses access (${status}): check the credentials of ${label}`, true);
      return { kind: 'answer', status, body: typeof data === 'string' ? data : '' };
    } catch (error) {
      return readError(error, question, deadline);
    } finally {
      deadline.clear();
    }
  };
}

/** The failed reply for a status that is no success. */
export function badStatus(status: number): FailedReply {
  return failure('http_error', `the provider answers with status ${status}`, status >= 500 || status === 408 || status === 429);
}
