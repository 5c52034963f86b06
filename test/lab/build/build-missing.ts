import path from 'node:path';
import { underLock } from './build-lock.ts';
import { buildPart } from './build-part.ts';
import { isBuilt, labCache } from './lab-cache.ts';
import type { BinaryPart } from './parts.ts';
import { checkGo } from './run-go.ts';

/** How often a long build says that it is alive. */
const TELL_EVERY = 30_000;

function minutes(seconds: number): string {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

async function buildOne(part: BinaryPart, position: string, tell: (line: string) => void): Promise<void> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  tell(`${position} ${part.name}: building; up to ${minutes(part.coldSeconds)} on two cores when Go's build cache is cold`);
  const timer = setInterval(() => tell(`${position} ${part.name}: ${minutes(seconds())} so far`), TELL_EVERY);
  try {
    const size = await buildPart(part);
    tell(`${position} ${part.name}: ${Math.round(size / 1e6)} MB in ${minutes(seconds())}`);
  } finally {
    clearInterval(timer);
  }
}

/** Builds the parts that are not in the cache yet, one at a time and one process at a time, and tells how far it is. */
export async function buildMissing(parts: readonly BinaryPart[], tell: (line: string) => void): Promise<void> {
  if (parts.every(isBuilt)) return;
  const onWait = (holder: number): void => tell(`waiting for another build (process ${holder})`);
  await underLock(path.join(labCache(), 'build.lock'), onWait, async () => {
    const missing = parts.filter((part) => !isBuilt(part));
    if (missing.length === 0) return;
    if (missing.some((part) => part.from === 'go')) await checkGo(tell);
    const estimate = missing.reduce((sum, part) => sum + part.coldSeconds, 0);
    tell(`${missing.length} to build, at most about ${minutes(estimate)} cold on two cores; into ${labCache()}`);
    for (const [index, part] of missing.entries()) await buildOne(part, `[${index + 1}/${missing.length}]`, tell);
  });
}
