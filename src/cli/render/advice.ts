import type { Instant } from '../../api/time.ts';
import { type Advice, formatWait } from '../model/wait.ts';
import type { Paint } from './color.ts';
import { field } from './header.ts';

/** What is awaited, since when, what ends it, and what a person can do. Empty when nothing is awaited and nothing can be done. */
export function renderAdvice({ waits, youCan }: Advice, now: Instant, paint: Paint): string[] {
  const lines = waits.map((wait) => formatWait(wait, now));
  return [...field('Waiting for', lines, paint), ...field('You can', youCan, paint)];
}
