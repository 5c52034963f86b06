import { globSync } from 'node:fs';
import { ROOT, run } from './run.ts';

/**
 * `npm run test:soak [-- NAME...]`: the sweeps of test/soak in full, each file in a process of its own; `npm test` runs samples of them.
 * Every sweep prints how many runs it made. `SLUICE_SOAK_EVERY=5` takes every fifth place only, and says so.
 */
const wanted = process.argv.slice(2);
const files = globSync('test/soak/*-soak.ts', { cwd: ROOT })
  .filter((file) => wanted.length === 0 || wanted.some((name) => file.includes(name)))
  .toSorted();
if (files.length === 0) process.stderr.write(`no soak matches ${wanted.join(' ')}; they stand in test/soak/<what>-soak.ts\n`);
process.exitCode = files.reduce((code, file) => Math.max(code, run('node', [file])), files.length === 0 ? 2 : 0);
