import type { Millis } from '../../api/time.ts';

/** Where to ask: a MetricProvider by name, or an address that the template holds itself. */
export type EndpointName = { readonly provider: string } | { readonly address: string };

/** A stretch of time in milliseconds before the moment of asking. */
export interface QuestionRange {
  readonly startsBefore: Millis;
  readonly endsBefore: Millis;
  readonly step: Millis;
}

/** What a metric asks, with its arguments filled in. */
export type MetricQuestion =
  | {
      readonly type: 'prometheus';
      readonly endpoint: EndpointName;
      readonly query: string;
      readonly range?: QuestionRange | undefined;
      readonly timeout?: Millis | undefined;
    }
  | {
      readonly type: 'web';
      readonly endpoint: EndpointName;
      readonly method: 'GET' | 'POST' | 'PUT';
      /** Behind the provider's address; '' for the address itself. */
      readonly path: string;
      readonly body?: { readonly text: string; readonly contentType: string } | undefined;
      readonly jsonPath: string | undefined;
      readonly timeout?: Millis | undefined;
    }
  | {
      readonly type: 'job';
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
      /** Of a batch/v1 Job. */
      readonly spec: Readonly<Record<string, unknown>>;
    };
