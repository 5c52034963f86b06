import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { LabFiles } from './lab-files.ts';
import { childOf, isRunningWith } from './namespaces.ts';

const recordSchema = z.object({
  /** The process outside that waits for the lab's first one. */
  holder: z.int(),
});

/** A lab that runs: `init` is its first process as the machine sees it. */
export interface RunningLab {
  readonly holder: number;
  readonly init: number;
}

/** The holder that the lab's record names; undefined when the directory holds no lab. */
export function readHolder(files: LabFiles): number | undefined {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(files.record, 'utf8'))).holder;
  } catch {
    return undefined;
  }
}

/** The lab in this directory, if it runs. */
export function findLab(files: LabFiles): RunningLab | undefined {
  const holder = readHolder(files);
  if (holder === undefined || !isRunningWith(holder, files.directory)) return undefined;
  const init = childOf(holder);
  return init === undefined ? undefined : { holder, init };
}
