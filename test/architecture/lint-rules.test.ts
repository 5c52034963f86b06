import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Lints one source text as if it stood in `folder` of a checkout with the project's rules, and gives the rules that fired. */
function rulesFired(folder: string, source: string): readonly string[] {
  const root = mkdtempSync(path.join(tmpdir(), 'sluice-lint-'));
  try {
    copyFileSync(path.join(ROOT, '.oxlintrc.json'), path.join(root, '.oxlintrc.json'));
    mkdirSync(path.join(root, folder), { recursive: true });
    writeFileSync(path.join(root, folder, 'probe.ts'), source);
    return lint(root, path.join(folder, 'probe.ts'));
  } finally {
    rmSync(root, { recursive: true });
  }
}

function lint(root: string, file: string): readonly string[] {
  const oxlint = path.join(ROOT, 'node_modules/.bin/oxlint');
  let output: string;
  try {
    output = execFileSync(oxlint, ['--format', 'json', file], { cwd: root, encoding: 'utf8' });
  } catch (error) {
    output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
  }
  const report: unknown = JSON.parse(output);
  assert.ok(typeof report === 'object' && report !== null && 'diagnostics' in report && Array.isArray(report.diagnostics));
  return report.diagnostics.map((row: { code?: string }) => row.code ?? '');
}

const FORBIDDEN_IN_CORE: readonly (readonly [string, string, RegExp])[] = [
  ['the wall clock', 'export const at = Date.now();', /no-restricted/],
  ['a new Date', 'export const at = new Date();', /no-restricted-globals/],
  ['randomness', 'export const dice = Math.random();', /no-restricted-properties/],
  ['timers', 'setTimeout(() => undefined, 1);', /no-restricted-globals/],
  ['the network', "export const reply = fetch('http://127.0.0.1');", /no-restricted-globals/],
  ['the process', 'export const home = process.env;', /no-restricted-globals/],
  ['child processes', "import { execFile } from 'node:child_process';\nexport const run = execFile;", /no-restricted-imports/],
  ['files', "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;", /no-restricted-imports/],
  ['sockets', "import { connect } from 'node:net';\nexport const open = connect;", /no-restricted-imports/],
];

describe('the lint rules', () => {
  for (const [what, source, rule] of FORBIDDEN_IN_CORE) {
    it(`keep ${what} out of core`, () => {
      const fired = rulesFired('src/core/time', source);
      assert.ok(
        fired.some((code) => rule.test(code)),
        `expected ${rule}, fired: ${fired.join(', ') || 'nothing'}`,
      );
    });
  }

  it('let pure code pass', () => {
    assert.deepEqual(rulesFired('src/core/time', 'export const two: number = 1 + 1;\n'), []);
  });

  it('keep axios and processes out of the controllers', () => {
    const fired = rulesFired('src/controllers', "import axios from 'axios';\nexport const x = axios;");
    assert.ok(
      fired.some((code) => /no-restricted-imports/.test(code)),
      fired.join(', '),
    );
  });

  it('keep timers out of the controllers, which run on an injected clock', () => {
    const fired = rulesFired('src/controllers', 'setTimeout(() => undefined, 1);');
    assert.ok(
      fired.some((code) => /no-restricted-globals/.test(code)),
      fired.join(', '),
    );
  });
});
