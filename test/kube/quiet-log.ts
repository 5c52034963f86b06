import type { Log } from '../../src/ports/log.ts';

/** A log that keeps its messages for assertions. */
export function quietLog(messages: string[] = []): Log {
  const keep = (message: string): void => void messages.push(message);
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep, child: () => log };
  return log;
}
