/** A query that cannot be answered, in the words and with the error type of Prometheus' API. */
export class PromqlError extends Error {
  readonly errorType: 'bad_data' | 'execution';

  constructor(message: string, errorType: 'bad_data' | 'execution' = 'bad_data') {
    super(message);
    this.name = 'PromqlError';
    this.errorType = errorType;
  }
}

/** What the built-in endpoint does not do is said, not guessed. */
export function unsupported(what: string): PromqlError {
  return new PromqlError(`${what} is not supported by the built-in endpoint; use a real Prometheus for it`);
}
