import { BEYOND_CORE } from '../../run/choose-tests.ts';
import { tellLab } from '../../run/control-api.ts';
import type { LabFiles } from '../../run/lab-files.ts';
import type { RunPart } from '../../run/run-parts.ts';

/** Brings up what a test file needs beside the core; answers what to do when it is over. */
export async function bringPartsOf(lab: LabFiles, test: string): Promise<() => Promise<void>> {
  const before = await tellLab(lab, { do: 'status' });
  const ran = new Set(before.parts.filter(({ pid }) => pid !== undefined).map(({ part }) => part));
  const after = await tellLab(lab, { do: 'bring', parts: [...(BEYOND_CORE[test] ?? [])] });
  const brought = after.parts.map(({ part }) => part as RunPart).filter((part) => !ran.has(part));
  return async () => {
    for (const part of brought.toReversed()) await tellLab(lab, { do: 'stop', part, signal: 'SIGKILL' });
  };
}
