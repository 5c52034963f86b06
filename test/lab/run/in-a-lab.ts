import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execInLab } from './exec-in-lab.ts';
import { type LabFiles, labFiles } from './lab-files.ts';
import type { RunPart } from './run-parts.ts';
import { startLab } from './start-lab.ts';
import { stopLab } from './stop-lab.ts';

/** A lab for one piece of work. */
export interface LabWork {
  readonly parts: readonly RunPart[];
  readonly tell: (line: string) => void;
  /** Leaves the lab up when the work failed. */
  readonly keep?: boolean;
  /** Answers an exit code, which becomes that of the whole. */
  readonly work: (files: LabFiles) => Promise<number>;
}

/** Does the work in a lab of its own, which is gone afterwards. Ctrl-C is left to the work; the lab ends after it. */
export async function inALab({ parts, tell, keep = false, work }: LabWork): Promise<number> {
  const files = labFiles(mkdtempSync(path.join(tmpdir(), 'sluice-lab-')));
  process.on('SIGINT', () => undefined);
  let code = 1;
  try {
    const { seconds } = await startLab(files, parts, tell);
    tell(`lab: up in ${seconds.toFixed(1)} s in ${files.directory}: ${parts.join(', ')}`);
    code = await work(files);
    return code;
  } finally {
    if (keep && code !== 0) tell(`lab: kept in ${files.directory}; end it with: npm run lab -- --dir ${files.directory} down`);
    else await stopLab(files);
  }
}

/** Work that is one command inside the lab. */
export function commandInside(command: readonly string[]): LabWork['work'] {
  return (files) => execInLab(files, command);
}
