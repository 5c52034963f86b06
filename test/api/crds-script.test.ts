import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');

describe('the crds script', () => {
  let copy = '';

  before(() => {
    copy = mkdtempSync(join(tmpdir(), 'sluice-crds-'));
    for (const folder of ['scripts/crds.ts', 'src/api', 'src/core/crds', 'crds', 'package.json'])
      cpSync(join(ROOT, folder), join(copy, folder), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  });

  after(() => rmSync(copy, { recursive: true, force: true }));

  function run(...args: readonly string[]) {
    return spawnSync(process.execPath, [join(copy, 'scripts', 'crds.ts'), ...args], { encoding: 'utf8' });
  }

  it('finds no drift in what is checked in', () => {
    const result = run('--check');
    assert.equal(result.status, 0, result.stderr);
  });

  it('names every drifted, missing and foreign file, fails, and repairs them without --check', () => {
    writeFileSync(join(copy, 'crds', 'rollouts.yaml'), 'edited: true\n');
    writeFileSync(join(copy, 'crds', 'stray.yaml'), 'kind: Stray\n');
    rmSync(join(copy, 'crds', 'gitsyncs.yaml'));
    const result = run('--check');
    assert.equal(result.status, 1);
    assert.deepEqual(
      result.stderr
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
      ['crds/gitsyncs.yaml', 'crds/rollouts.yaml', 'crds/stray.yaml'],
    );
    assert.equal(run().status, 0);
    assert.equal(run('--check').status, 0);
  });
});
