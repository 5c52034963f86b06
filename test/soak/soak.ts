import type { SweepResult } from '../../src/sim/scenario/sweep.ts';

/** `SLUICE_SOAK_EVERY=3` takes every third place only; all of them when absent. */
export function soakEvery(): number {
  const text = process.env['SLUICE_SOAK_EVERY'] ?? '1';
  const every = Number(text);
  if (!Number.isInteger(every) || every < 1) throw new Error(`SLUICE_SOAK_EVERY is '${text}'; write a whole number of 1 or more`);
  return every;
}

/** Runs one sweep to its end and prints what ran; a failure makes the exit code 1 and is printed in full. */
export async function soak(name: string, every: number, run: (every: number) => Promise<SweepResult>): Promise<void> {
  const start = performance.now();
  const result = await run(every);
  const seconds = Math.round((performance.now() - start) / 1000);
  const places = every === 1 ? 'every place' : `every ${every}. place`;
  process.stdout.write(`${name}: ${result.runs} runs (${places}), ${result.failures.length} failures, ${seconds} s\n`);
  if (result.runs === 0 || result.failures.length > 0) {
    process.stdout.write(`${result.problems === '' ? 'nothing was run' : result.problems}\n`);
    process.exitCode = 1;
  }
}
