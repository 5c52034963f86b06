import type { KubeObject } from '../../api/metadata.ts';
import { type Instant, parseInstant } from '../../api/time.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly cell: (object: KubeObject, now: Instant) => unknown;
}

/** `5m12s` or `3d4h`: how kubectl shows a span. */
export function shortAge(since: string | undefined, now: Instant): string {
  const start = parseInstant(since);
  if (start === undefined) return '<unknown>';
  const seconds = Math.max(0, Math.floor((now - start) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 8 && hours % 24 !== 0 ? `${days}d${hours % 24}h` : `${days}d`;
}

export const AGE: Column = {
  name: 'Age',
  type: 'string',
  cell: (object, now) => shortAge(object.metadata.creationTimestamp ?? undefined, now),
};
