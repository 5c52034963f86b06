import { z } from 'zod';
import { type Instant, millis } from '../api/time.ts';
import { type ErrorCode, type Retry, SluiceError } from '../ports/errors.ts';
import { safeText } from './safe-text.ts';

/** A server that asks for more patience than this is asked again all the same: a wrong header must not freeze a controller. */
const LONGEST_RETRY_AFTER_SECONDS = 300;

const causeSchema = z.looseObject({
  reason: z.string().default(''),
  message: z.string().default(''),
  field: z.string().default(''),
});

const statusSchema = z.looseObject({
  kind: z.literal('Status'),
  code: z.int().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  details: z
    .looseObject({
      retryAfterSeconds: z.number().optional(),
      causes: z.array(causeSchema).optional(),
      group: z.string().optional(),
      kind: z.string().optional(),
      name: z.string().optional(),
    })
    .optional(),
});

type Status = z.infer<typeof statusSchema>;

/** What is known of a refused request beside the body. */
export interface Refusal {
  readonly status: number;
  /** Header `Retry-After`, as sent. */
  readonly retryAfter: string | undefined;
  readonly now: Instant;
  /** What was asked for, e.g. `get rollouts.sluice.dev shop/checkout`. */
  readonly request: string;
}

/** A server-side apply of a field that the schema lacks is the writer's mistake, but the real server answers a bare 500 whatever `fieldValidation` says. */
const UNDECLARED_FIELD = /^failed to create typed patch object \(.*field not declared in schema$/s;

function codeOf(status: number, reason: string, message: string): ErrorCode {
  if (status === 500 && UNDECLARED_FIELD.test(message)) return 'spec_invalid';
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 408 || status === 504) return 'timeout';
  if (status === 409) return reason === 'AlreadyExists' ? 'already_exists' : 'conflict';
  if (status === 410) return 'expired';
  if (status === 429) return 'rate_limited';
  if (status >= 500 || status < 400) return 'unavailable';
  return 'spec_invalid';
}

function retryAfterSeconds(refusal: Refusal, status: Status | undefined): number | undefined {
  const header = refusal.retryAfter?.trim();
  if (header !== undefined && /^\d+$/.test(header)) return Number(header);
  const date = header === undefined || header === '' ? Number.NaN : Date.parse(header);
  if (!Number.isNaN(date)) return Math.max(0, (date - refusal.now) / 1000);
  return status?.details?.retryAfterSeconds;
}

/** Retry-After means something on 429 and on server errors only. */
function retryOf(refusal: Refusal, status: Status | undefined): Retry | undefined {
  if (refusal.status !== 429 && refusal.status < 500) return undefined;
  const seconds = retryAfterSeconds(refusal, status);
  if (seconds === undefined || seconds <= 0) return undefined;
  return { kind: 'after', delay: millis(Math.min(seconds, LONGEST_RETRY_AFTER_SECONDS) * 1000) };
}

function detailsOf(refusal: Refusal, status: Status | undefined): Readonly<Record<string, unknown>> {
  const causes = (status?.details?.causes ?? []).map((cause) => ({
    reason: safeText(cause.reason),
    message: safeText(cause.message),
    field: safeText(cause.field),
  }));
  const fields = causes.filter((cause) => cause.reason === 'FieldManagerConflict').map((cause) => cause.field);
  return {
    status: refusal.status,
    reason: safeText(status?.reason ?? ''),
    ...(causes.length > 0 ? { causes } : {}),
    ...(fields.length > 0 ? { fields } : {}),
  };
}

function asStatus(body: unknown): Status | undefined {
  const parsed = statusSchema.safeParse(body);
  return parsed.success ? parsed.data : undefined;
}

function errorOf(refusal: Refusal, status: Status | undefined): SluiceError {
  const said = safeText(status?.message ?? '');
  const what = said === '' ? `HTTP ${refusal.status}${status?.reason === undefined ? '' : ` ${safeText(status.reason)}`}` : said;
  const retry = retryOf(refusal, status);
  return new SluiceError(codeOf(refusal.status, status?.reason ?? '', status?.message ?? ''), `${refusal.request}: ${what}`, {
    ...(retry === undefined ? {} : { retry }),
    details: detailsOf(refusal, status),
  });
}

/** The error that a refused request is. A body that is no Status (a proxy's page, half a reply) is never shown. */
export function refusalError(refusal: Refusal, body: string): SluiceError {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    parsed = undefined;
  }
  return errorOf(refusal, asStatus(parsed));
}

/** The error that an `ERROR` event of a watch is: the same Status, inside a stream that began with 200. */
export function streamError(object: unknown, request: string, now: Instant): SluiceError {
  const status = asStatus(object);
  const gone = status?.reason === 'Expired' || status?.reason === 'Gone';
  return errorOf({ status: status?.code ?? (gone ? 410 : 500), retryAfter: undefined, now, request }, status);
}
