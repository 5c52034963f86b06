import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { VERSION } from '../../src/cli/version.ts';

const PLUGIN = join(import.meta.dirname, '../../src/cli/kubectl-sluice.ts');

function spawn(words: readonly string[], input = '') {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent', NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] };
  const { status, stdout, stderr } = spawnSync(process.execPath, [PLUGIN, ...words], { input, encoding: 'utf8', env });
  return { status, stdout, stderr };
}

describe('the plugin as a process', () => {
  it('ends with the exit code and keeps answers and errors apart', () => {
    assert.deepEqual(spawn(['--version']), { status: 0, stdout: `${VERSION}\n`, stderr: '' });
    assert.deepEqual(spawn(['promot']), { status: 2, stdout: '', stderr: "error: unknown command 'promot'; did you mean promote?\n" });
  });

  it('exits 3 with one line when there is no kubeconfig', () => {
    const { status, stdout, stderr } = spawn(['get', 'rollout', 'checkout']);
    assert.deepEqual([status, stdout], [3, '']);
    assert.match(stderr, /^error: cannot use the kubeconfig: there is no ~\/\.kube\/config; [^\n]+\n$/);
  });

  it('needs none when the server is named', () => {
    const { status, stderr } = spawn(['list', 'rollouts', '--server', 'http://127.0.0.1:1']);
    assert.equal(status, 3);
    assert.match(stderr, /^error: cannot reach the API server at 127\.0\.0\.1:1: /);
  });

  it('lints what comes through a pipe', () => {
    const { status, stdout } = spawn(['lint', '-f', '-'], 'kind: Rollout\n');
    assert.equal(status, 1);
    assert.match(stdout, /^standard input:1: Rollout: apiVersion/);
  });
});
