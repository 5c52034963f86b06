import type { JsonValue } from '../api/json-value.ts';
import type { Instant, Millis } from '../api/time.ts';
import type { SecretValue } from './secret.ts';

/** How an endpoint is entered. */
export interface EndpointAccess {
  readonly basic?: { readonly username: SecretValue; readonly password: SecretValue } | undefined;
  readonly bearer?: SecretValue | undefined;
  readonly headers: readonly { readonly key: string; readonly value: SecretValue }[];
  /** PEM of the only authority that is trusted; those of the system when absent. Verification is always on (M22). */
  readonly authority?: string | undefined;
}

/** Where to ask. Address and credentials come from the platform team's object, never from the asker, unless `inline` (M1). */
export interface MetricEndpoint {
  /** How messages name it: `MetricProvider default`. */
  readonly label: string;
  readonly address: string;
  readonly access: EndpointAccess;
  /** A template holds the address: it is checked before anything is sent, and the connection goes to the address that was checked. */
  readonly inline: boolean;
}

interface Asking {
  /** The point in time to measure at. */
  readonly at: Instant;
  /** Whole budget, from connecting to the last byte. */
  readonly timeout: Millis;
  readonly signal?: AbortSignal | undefined;
}

/** A PromQL query, at one moment or over a stretch of time. */
export interface PrometheusQuery extends Asking {
  readonly type: 'prometheus';
  readonly endpoint: MetricEndpoint;
  readonly query: string;
  readonly range?: { readonly start: Instant; readonly end: Instant; readonly step: Millis } | undefined;
}

/** A request to a web endpoint that answers in JSON or plain text. */
export interface WebQuery extends Asking {
  readonly type: 'web';
  readonly endpoint: MetricEndpoint;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Behind the endpoint's address; '' for the address itself. */
  readonly path: string;
  readonly body?: { readonly text: string; readonly contentType: string } | undefined;
  /** Where the result stands in the answer; all of it when absent. */
  readonly jsonPath?: string | undefined;
}

/** One look at a measurement that a Kubernetes Job takes; the first makes the Job. */
export interface JobQuery extends Asking {
  readonly type: 'job';
  /** The same at every look at this measurement. */
  readonly name: string;
  /** The AnalysisRun that owns the Job. */
  readonly run: { readonly namespace: string; readonly name: string; readonly uid: string };
  /** The Job was seen before, so it is not made again. */
  readonly begun: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Of a batch/v1 Job. */
  readonly spec: Readonly<Record<string, unknown>>;
}

/** One question to a provider. */
export type MetricQuery = PrometheusQuery | WebQuery | JobQuery;

/** Why a provider gave no usable answer. */
export type MetricFailure =
  | 'unsupported_provider'
  | 'no_credentials'
  | 'address_refused'
  | 'bad_certificate'
  | 'unreachable'
  | 'unauthorized'
  | 'redirect'
  | 'http_error'
  | 'timeout'
  | 'aborted'
  | 'too_large'
  | 'too_many_series'
  | 'several_values'
  | 'bad_reply'
  | 'query_refused'
  | 'query_failed'
  | 'unsupported_type'
  | 'stale'
  | 'future';

/**
 * Every answer a provider can give. But for `json`, which conditions look at and nobody shows, only numbers and fixed words come out of it: never a body, a
 * header or a label that a server sent (M1). Values may be NaN or infinite; `warnings` is how often the provider said that the answer is not complete.
 */
export type MetricReply =
  | { readonly kind: 'scalar'; readonly value: number; readonly warnings: number }
  /** One value a series, at least one. */
  | { readonly kind: 'vector'; readonly values: readonly number[]; readonly warnings: number }
  | { readonly kind: 'empty'; readonly warnings: number }
  /** What a web endpoint answered: bounded in size, and never to be repeated. */
  | { readonly kind: 'json'; readonly value: JsonValue }
  /** A Job that has not ended: to be looked at again. */
  | { readonly kind: 'running'; readonly job: string }
  /** A Job that has ended, or never will. */
  | {
      readonly kind: 'finished';
      readonly job: string;
      readonly outcome: 'Successful' | 'Failed' | 'Inconclusive';
      readonly message: string;
    }
  | { readonly kind: 'failed'; readonly reason: MetricFailure; readonly message: string; readonly retryable: boolean };

/** A metric provider as Sluice uses it. */
export interface MetricSource<Query extends MetricQuery = MetricQuery> {
  /** Never rejects: whatever goes wrong is a `failed` reply, given by the deadline. */
  query(query: Query): Promise<MetricReply>;
}
