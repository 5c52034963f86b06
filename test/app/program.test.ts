import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import { describeSettings } from '../../src/config/settings.ts';
import { startSluice } from './sluice-process.ts';
import { withKubeconfig } from './with-kubeconfig.ts';

describe('the main program', { concurrency: 2 }, () => {
  it('shows its commands, with and without --help', async () => {
    const [asked, bare] = await Promise.all([startSluice(['--help']).ended, startSluice([]).ended]);
    assert.equal(asked.code, 0);
    for (const command of ['controller', 'demo', 'simulate', 'crds', 'lint', 'version'])
      assert.match(asked.out, new RegExp(`^ +${command}\\b`, 'mu'));
    assert.equal(bare.out, asked.out);
  });

  it('lists every setting of the controller with its default', async () => {
    const { code, out } = await startSluice(['controller', '--help']).ended;
    assert.equal(code, 0);
    for (const { flag, defaultText } of describeSettings()) {
      const line = out.split('\n').find((one) => one.trim().startsWith(`${flag} `));
      assert.ok(line !== undefined, `${flag} is not in the help`);
      assert.ok(line.includes(defaultText), line);
    }
  });

  it('refuses a flag, a value and a combination that cannot be, all at once, with exit code 2', async () => {
    const words = ['controller', '--workes=3', '--log-format=xml', '--renew-deadline=20s'];
    const { code, out, err } = await startSluice(words).ended;
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /^error: /u);
    assert.match(err, /--workes.*did you mean --workers\?/u);
    assert.match(err, /--log-format \(xml\): .*json or text/u);
    assert.match(err, /see sluice controller --help\n$/u);
    const together = await startSluice(['controller', '--renew-deadline=20s']).ended;
    assert.equal(together.code, 2);
    assert.match(together.err, /renewDeadline.*is not shorter than leaseDuration \(15s\)/u);
  });

  it('refuses an unknown command with exit code 2', async () => {
    const { code, err } = await startSluice(['demoo']).ended;
    assert.equal(code, 2);
    assert.match(err, /^error: unknown command 'demoo'; did you mean demo\?\n$/u);
  });

  it('ends with 3 and one line when there is no kubeconfig', async () => {
    const { code, out, err } = await startSluice(['controller']).ended;
    assert.deepEqual([code, out], [3, '']);
    assert.match(err, /^error: cannot use the kubeconfig: there is no ~\/\.kube\/config; [^\n]+\n$/u);
    assert.doesNotMatch(err, /--kubeconfig/u, 'the controller has no such flag');
  });

  it('ends with 1 and one line when its port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', () => resolve()));
    const bound = taken.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    try {
      const words = ['controller', `--health-address=127.0.0.1:${port}`, '--metrics-address=off'];
      const { code, err } = await withKubeconfig('http://127.0.0.1:9', (file) => startSluice(words, { KUBECONFIG: file }).ended);
      assert.equal(code, 1);
      assert.match(err, /^error: cannot listen on 127\.0\.0\.1:\d+: another process listens there; [^\n]+\n$/u);
    } finally {
      await new Promise<void>((resolve) => taken.close(() => resolve()));
    }
  });

  it('goes on trying, alive but not ready, when the cluster cannot be reached, and stops when asked', async () => {
    await withKubeconfig('http://127.0.0.1:9', async (file) => {
      const words = ['controller', '--health-address=127.0.0.1:0', '--metrics-address=off'];
      const controller = startSluice(words, { KUBECONFIG: file });
      const started: unknown = JSON.parse(await controller.line(/"started"/u));
      const health = String(Reflect.get(Object(started), 'health'));
      const warning = await controller.line(/"level":"warn"/u);
      assert.match(warning, /cannot reach the API server at 127\.0\.0\.1:9: .*check the server address/u);
      assert.equal((await fetch(`http://${health}/healthz`)).status, 200);
      assert.equal((await fetch(`http://${health}/readyz`)).status, 503);
      controller.signal('SIGTERM');
      const { code, err } = await controller.ended;
      assert.deepEqual([code, err], [0, '']);
    });
  });
});
