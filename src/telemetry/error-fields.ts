import { isSluiceError } from '../ports/errors.ts';
import { redactText } from './redact.ts';

const MOST_CAUSES = 5;

/** An error as log fields: code, message and the chain of causes; a stack only for what is not ours, because that is a bug. */
export function errorFields(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: redactText(String(error)) };
  const causes: string[] = [];
  let cause = error.cause;
  while (cause !== undefined && causes.length < MOST_CAUSES) {
    causes.push(redactText(cause instanceof Error ? cause.message : typeof cause === 'string' ? cause : 'unknown cause'));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return {
    message: redactText(error.message),
    ...(isSluiceError(error) ? { code: error.code } : { name: error.name, stack: redactText(error.stack ?? '') }),
    ...(causes.length === 0 ? {} : { cause: causes.join(': ') }),
  };
}
