import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabFiles } from './lab-files.ts';
import { findLab, readHolder } from './lab-record.ts';
import { isInhabited, isRunningWith } from './namespaces.ts';

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in between.
  }
}

function readNetwork(files: LabFiles): string | undefined {
  try {
    return readFileSync(files.network, 'utf8');
  } catch {
    // It ended before it had one.
    return undefined;
  }
}

/**
 * Ends a lab and removes its directory; answers whether there was one. The kernel ends every process of the namespace with its first one, and the namespaces go
 * with their last process.
 */
export async function stopLab(files: LabFiles): Promise<boolean> {
  const holder = readHolder(files);
  if (holder === undefined) return false;
  while (isRunningWith(holder, files.directory)) {
    const init = findLab(files)?.init;
    // Nothing in a lab is worth a farewell: its files go as well.
    if (init !== undefined) kill(init);
    await delay(20);
  }
  // Whoever held it may have been killed: then the kernel is still ending what was in it.
  while (isInhabited(readNetwork(files))) await delay(20);
  rmSync(files.directory, { recursive: true, force: true, maxRetries: 5 });
  return true;
}
