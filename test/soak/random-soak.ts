import * as fc from 'fast-check';
import { routedProperty } from '../core-rollout/routed-property.ts';

/** Random routed canaries, each run with a seed of its own: 100,000, or as many as SLUICE_RUNS says. A failure prints what repeats it. */
const runs = Number(process.env['SLUICE_RUNS'] ?? 100_000);
const seed = Number(process.env['SLUICE_SEED'] ?? Date.now() % 2 ** 31);
process.stdout.write(`random routed canaries: ${runs} runs, seed ${seed}\n`);
const result = fc.check(routedProperty, { seed, numRuns: runs, endOnFailure: true });
if (result.failed) {
  process.stderr.write(`${fc.defaultReportMessage(result) ?? ''}\nSLUICE_SEED=${seed} repeats it\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`random routed canaries: ${result.numRuns} runs without a violation\n`);
}
