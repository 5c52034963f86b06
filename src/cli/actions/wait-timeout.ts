import { parseDuration } from '../../api/duration.ts';
import { type Millis, millis } from '../../api/time.ts';
import { wrongUsage } from '../cli-error.ts';

const DEFAULT_TIMEOUT = millis(10_000);

/** How long to wait for the controller; 10 s when nothing is said. */
export function parseWaitTimeout(text: string | undefined): Millis {
  if (text === undefined) return DEFAULT_TIMEOUT;
  const duration = parseDuration(text);
  if (duration === undefined || duration === 0)
    throw wrongUsage(`"${text}" is not a duration to wait`, 'write it as 30s or 5m, or use --no-wait');
  return duration;
}
