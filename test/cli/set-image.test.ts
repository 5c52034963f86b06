import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import '../../src/cli/actions/set-image.ts';
import { midway, shop } from './fixtures.ts';
import { run } from './harness.ts';

/** A Rollout that no reconciler applied. */
const byHand = () => shop(midway({ provenance: undefined }));

describe('set image', () => {
  it('patches exactly the container that is named, of the generation that was read', async () => {
    const cluster = byHand();
    const { code, out } = await run('set image checkout app=registry.example/shop/checkout:1.6.0', { cluster });
    assert.deepEqual([code, out], [0, 'rollout.sluice.dev/checkout: image updated\n']);
    assert.deepEqual(cluster.patches[0]?.patch, {
      type: 'json',
      operations: [
        { op: 'test', path: '/metadata/uid', value: 'b4c1f0d2-0001' },
        { op: 'test', path: '/metadata/generation', value: 8 },
        { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'registry.example/shop/checkout:1.6.0' },
      ],
    });
  });

  it('takes * for every container, and a rollout in any spelling', async () => {
    const cluster = byHand();
    assert.equal((await run('set image rollout/checkout *=app:2', { cluster })).code, 0);
    assert.equal((await run('set image rollout checkout *=app:2 --dry-run=client', { cluster })).code, 0);
    assert.equal(cluster.patches.length, 1);
  });

  it('refuses when Git is the source, unless forced', async () => {
    const cluster = shop();
    const { code, err } = await run('set image checkout app=app:2', { cluster });
    assert.equal(code, 1);
    assert.match(err, /comes from Git.*change it in apps\/checkout\/rollout\.yaml on branch main of/u);
    assert.equal(cluster.patches.length, 0);
    assert.equal((await run('set image checkout app=app:2 --force', { cluster })).code, 0);
  });

  it('names the containers that there are, and what is wrong with the words', async () => {
    const cluster = byHand();
    assert.match((await run('set image checkout ap=app:2', { cluster })).err, /no container "ap" in the pod template; there are: app/u);
    for (const words of ['set image checkout', 'set image checkout app=', 'set image app=x:1', 'set replicas checkout app=x:1'])
      assert.equal((await run(words, { cluster })).code, 2, words);
    assert.equal(cluster.patches.length, 0);
  });
});
