import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { runTool, toolPath } from '../../support/kubectl.ts';
import { labEnvironment } from '../run/exec-in-lab.ts';
import { type LabFiles, labFiles } from '../run/lab-files.ts';
import { findLab } from '../run/lab-record.ts';
import { inNamespacesOf } from '../run/namespaces.ts';
import { withNeeds } from '../run/run-parts.ts';
import { startLab } from '../run/start-lab.ts';
import { stopLab } from '../run/stop-lab.ts';

/** Twenty are asked for where there is time. */
const CYCLES = Number(process.env['SLUICE_LAB_CYCLES'] ?? 3);

/** Processes that this one can see whose command names the directory. */
function processesOf(directory: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.includes(directory) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

/** Network namespaces of every process that this one can see. */
function networkNamespaces(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      found.add(readlinkSync(`/proc/${name}/ns/net`));
    } catch {
      // It has ended.
    }
  }
  return found;
}

function kubectlIn(files: LabFiles, args: readonly string[]): string {
  const lab = findLab(files);
  assert.ok(lab);
  const [program, words] = inNamespacesOf(lab.init, process.cwd(), [toolPath('kubectl'), ...args]);
  const { status, stdout, stderr } = spawnSync(program, [...words], {
    env: { ...process.env, ...labEnvironment(files) },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Labs inside the lab: what holds there holds outside. */
describe('a lab', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'sluice-labs-'));
  const files = (name: string): LabFiles => labFiles(path.join(root, name));
  const parts = withNeeds(['apiserver']) ?? [];
  after(async () => {
    for (const name of readdirSync(root)) await stopLab(files(name));
    rmSync(root, { recursive: true, force: true });
  });

  it('lives beside another one with the same addresses', async () => {
    await Promise.all([startLab(files('one'), parts, () => undefined), startLab(files('two'), parts, () => undefined)]);
    kubectlIn(files('one'), ['create', 'namespace', 'only-in-one']);
    assert.ok(kubectlIn(files('one'), ['get', 'namespaces', '-o', 'name']).includes('only-in-one'));
    assert.ok(!kubectlIn(files('two'), ['get', 'namespaces', '-o', 'name']).includes('only-in-one'));
    // From out here, both are out of reach: whatever answers on that port is not theirs.
    const { stdout } = await runTool('kubectl', ['get', 'namespaces', '-o', 'name'], { env: { KUBECONFIG: files('one').kubeconfig } });
    assert.ok(!stdout.includes('only-in-one'));
    await stopLab(files('one'));
    assert.ok(kubectlIn(files('two'), ['get', 'namespaces']).includes('default'));
    await stopLab(files('two'));
  });

  it('leaves no process, namespace, mount or file, however often and however it ends', async () => {
    const before = networkNamespaces();
    const mounts = readFileSync('/proc/self/mounts', 'utf8');
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      const lab = files('cycle');
      await startLab(lab, parts, () => undefined);
      assert.ok(networkNamespaces().size > before.size);
      // The last time it is not asked but killed.
      if (cycle === CYCLES - 1) process.kill(findLab(lab)?.holder ?? 0, 'SIGKILL');
      assert.equal(await stopLab(lab), true);
      assert.deepEqual(processesOf(lab.directory), []);
      assert.deepEqual(networkNamespaces(), before);
      assert.equal(readFileSync('/proc/self/mounts', 'utf8'), mounts);
      assert.ok(!existsSync(lab.directory));
    }
  });

  it('is not started over another one, nor in a directory that is somebody else’s', async () => {
    const lab = files('taken');
    await startLab(lab, withNeeds(['etcd']) ?? [], () => undefined);
    await assert.rejects(
      startLab(lab, parts, () => undefined),
      /a lab runs in/,
    );
    await stopLab(lab);
    await assert.rejects(
      startLab(labFiles(import.meta.dirname), parts, () => undefined),
      /is not empty and holds no lab/,
    );
  });
});
