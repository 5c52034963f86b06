import { run } from './run.ts';

/** Everything that is checked without running the product, cheapest first. All of it runs, so that one look shows every failure. */
const CHECKS: readonly (readonly [string, string, readonly string[]])[] = [
  ['types', 'tsc', ['-p', '.']],
  ['lint, type-aware', 'oxlint', ['--type-aware', '--quiet', 'src', 'test', 'scripts']],
  ['format and order of imports', 'biome', ['check', '--formatter-enabled=true', '--error-on-warnings', '.']],
  ['dead code and dependencies', 'knip', ['--no-progress']],
  ['import rules', 'node', ['--test', '--test-reporter=dot', 'test/architecture/import-rules.test.ts']],
  ['CRD drift', 'node', ['scripts/crds.ts', '--check']],
];

const failed: string[] = [];
for (const [name, program, args] of CHECKS) {
  process.stdout.write(`check: ${name}\n`);
  if (run(program, args) !== 0) failed.push(name);
}
process.stdout.write(failed.length === 0 ? 'check: all passed\n' : `check: failed: ${failed.join('; ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
