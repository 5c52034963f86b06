import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import '../../src/cli/actions/history.ts';
import { REPLICA_SET } from '../../src/api/kinds.ts';
import { configCopyName } from '../../src/core/identity/names.ts';
import type { FakeCluster } from './fake-cluster.ts';
import { CANARY, midway, replicaSet, STABLE, shop } from './fixtures.ts';
import { assertGolden } from './golden-file.ts';
import { run } from './harness.ts';

const BEFORE = { 'ConfigMap/checkout-config': 'digest-1', 'ConfigMap/flags': 'absent', 'ConfigMap/rules': 'digest-2' };
const AFTER = { 'ConfigMap/checkout-config': 'digest-9', 'ConfigMap/flags': 'digest-3', 'ConfigMap/rules': 'digest-2' };

/** Revision 8 has the template of revision 7, and other configuration. */
function configOnly(): FakeCluster {
  const changes = [
    { kind: 'ConfigMap', name: 'checkout-config', change: 'Changed', keys: ['PAYMENT_TIMEOUT'] },
    { kind: 'ConfigMap', name: 'flags', change: 'Added' },
  ];
  const cluster = shop(midway({ config: { hash: 'cfg8', changes, only: true }, provenance: undefined }));
  for (const [hash, ordinal, record] of [
    [STABLE, 7, BEFORE],
    [CANARY, 8, AFTER],
  ] as const) {
    const set = replicaSet(hash, ordinal, 3, 3, '1.4.2');
    const annotations = {
      ...set.metadata.annotations,
      'sluice.dev/template-hash': 'template-7',
      'sluice.dev/config-hash': `cfg${ordinal}`,
      'sluice.dev/config': JSON.stringify(record),
    };
    cluster.put(REPLICA_SET, { ...set, metadata: { ...set.metadata, annotations } });
  }
  return cluster;
}

describe('a revision of which only the configuration is new', () => {
  it('is shown with what changed, and under -o wide with the copies that its pods read', async () => {
    const narrow = await run('get rollout checkout', { cluster: configOnly() });
    assert.match(
      narrow.out,
      /Config: +differs from stable in nothing else: ConfigMap checkout-config \(PAYMENT_TIMEOUT\), ConfigMap flags \(added\)\n/u,
    );
    assert.match(narrow.out, /revision 8 \(canary\) +configuration only: ConfigMap checkout-config changed, ConfigMap flags added\n/u);
    assert.doesNotMatch(narrow.out, new RegExp(configCopyName('rules', 'digest-2'), 'u'));
    assertGolden('get-config-only', (await run('get rollout checkout -o wide', { cluster: configOnly() })).out);
  });

  it('stands in the history with its copies', async () => {
    const { code, out } = await run('history checkout -o wide', { cluster: configOnly() });
    assert.equal(code, 0);
    assertGolden('history-config-only', out);
    assert.equal((await run('history checkout -o json', { cluster: configOnly() })).code, 2);
  });

  it('is not undone by a template: undo says what to put back, and where its content is', async () => {
    const cluster = configOnly();
    const { code, err } = await run('undo checkout', { cluster });
    assert.equal(code, 1);
    assert.match(
      err,
      /revision 7 has the present pod template, and other configuration: ConfigMap checkout-config, ConfigMap flags; put that back/u,
    );
    assert.ok(err.includes(`kubectl get configmap ${configCopyName('checkout-config', 'digest-1')} -o yaml`), err);
    assert.equal(cluster.patches.length, 0);
    assert.equal((await run('undo checkout --to-revision 6', { cluster })).code, 0);
  });
});
