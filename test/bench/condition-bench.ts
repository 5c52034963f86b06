import { performance } from 'node:perf_hooks';
import * as fc from 'fast-check';
import { compileCondition } from '../../src/core/analysis/condition.ts';
import { MAX_VALUES } from '../../src/core/analysis/condition-environment.ts';
import { conditions } from '../analysis/condition-arbitrary.ts';

/** The worst time that a condition takes which was accepted, over random ones and over the dearest that the limits allow. Meant to stay under 50 ms. */
const values = Array.from({ length: MAX_VALUES }, (_, index) => index / MAX_VALUES);
const dear = [
  'result[0] >= 0.95',
  'result.all(x, x >= 0.0)',
  'result.all(x, result.all(y, x + y >= 0.0))',
  'result.map(x, result.map(y, x)).all(l, len(l) > 0)',
  'size(result.filter(x, x in result)) > 0',
  'result.all(x, result.exists(y, y == x))',
];
const random = fc.sample(conditions, { seed: 1, numRuns: 20_000 });

let accepted = 0;
let slowest = { source: '', took: 0 };
const started = performance.now();
for (const source of [...dear, ...random]) {
  const compiled = compileCondition(source);
  if (!compiled.ok) continue;
  accepted += 1;
  const before = performance.now();
  compiled.evaluate(values);
  const took = performance.now() - before;
  if (took > slowest.took) slowest = { source, took };
}
const total = performance.now() - started;
process.stdout.write(`conditions: ${dear.length + random.length} read, ${accepted} accepted, ${total.toFixed(0)} ms in all\n`);
process.stdout.write(`slowest: ${slowest.took.toFixed(2)} ms on ${MAX_VALUES} values: ${slowest.source}\n`);
