import { globSync } from 'node:fs';
import { ROOT, run } from './run.ts';

/** `npm run bench [-- NAME...]`: the benchmarks in test/bench, each in a process of its own. They print figures and assert none. */
const wanted = process.argv.slice(2);
const files = globSync('test/bench/*-bench.ts', { cwd: ROOT }).filter(
  (file) => wanted.length === 0 || wanted.some((name) => file.includes(name)),
);
process.exitCode = files.toSorted().reduce((code, file) => Math.max(code, run('node', [file])), files.length === 0 ? 2 : 0);
