import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GIT_TARGET, ROLLOUT } from '../../src/api/kinds.ts';
import { parseGitTarget, parseRollout } from '../../src/api/parse.ts';
import { instant } from '../../src/api/time.ts';
import { createRestoreReconciler } from '../../src/controllers/restore/restore-reconciler.ts';
import { restoreId } from '../../src/core/identity/restore-id.ts';
import type { Repositories, Repository } from '../../src/ports/repository.ts';
import { createSimRepositories } from '../../src/sim/repository/sim-repositories.ts';
import { rolloutYaml } from './support/manifests.ts';
import { realClock } from './support/real-clock.ts';
import { createRestoreWorld, freshStore, memoryLog } from './support/restore-world.ts';

const ADDRESS = 'https://git.example.com/team/shop';
const NAMES = ['checkout', 'basket', 'search', 'stock', 'login'];

function fileOf(name: string): string {
  return `apps/shop/${name}.yaml`;
}

function manifest(name: string, tag: string): string {
  return rolloutYaml(`${name}:${tag}`)
    .replaceAll('checkout', name)
    .replace(`        envFrom: [{configMapRef: {name: ${name}-config}}]\n`, '');
}

function filesOf(tag: string): Readonly<Record<string, string>> {
  return Object.fromEntries(NAMES.map((name) => [fileOf(name), manifest(name, tag)]));
}

/** The repositories, with the pushes and the commits that were read counted. */
function counted(repositories: Repositories, counts: { pushes: number; looks: number }): Repositories {
  return {
    ...repositories,
    open: (access) => {
      const repository = repositories.open(access);
      const push: Repository['push'] = (...args) => {
        counts.pushes += 1;
        return repository.push(...args);
      };
      const listFiles: Repository['listFiles'] = (...args) => {
        counts.looks += 1;
        return repository.listFiles(...args);
      };
      return { ...repository, push, listFiles };
    },
  };
}

describe('restores of one repository', () => {
  it('are made one after the other, each with one push, and read no commit twice', async () => {
    const repositories = createSimRepositories({ clock: realClock });
    const remote = repositories.remote(ADDRESS);
    const good = remote.commit('main', filesOf('1'), 'all at 1', instant(1_700_000_000_000));
    const bad = remote.commit('main', filesOf('2'), 'all at 2', instant(1_700_000_060_000));
    const { cluster, as, clock } = await createRestoreWorld({ repositories, url: ADDRESS, good, bad });
    const [first] = cluster.snapshot(ROLLOUT);
    const { status, spec } = first as unknown as { readonly status: { readonly rollback: object }; readonly spec: object };
    for (const name of NAMES.slice(1)) {
      const created = await as.create(ROLLOUT, {
        apiVersion: 'sluice.dev/v1alpha1',
        kind: 'Rollout',
        metadata: { name, namespace: 'shop' },
        spec,
      });
      const rollback = { ...status.rollback, id: restoreId(created.metadata.uid ?? '', 'abc', bad) };
      await as.update(ROLLOUT, { ...created, status: { ...status, rollback } }, { subresource: 'status' });
    }
    const counts = { pushes: 0, looks: 0 };
    const reconciler = createRestoreReconciler({
      cluster: as,
      repositories: counted(repositories, counts),
      clock,
      log: memoryLog([]),
      rollouts: freshStore(cluster, ROLLOUT, parseRollout),
      gitTargets: freshStore(cluster, GIT_TARGET, parseGitTarget),
      readSecret: async () => undefined,
      enqueueGitSync: () => undefined,
    });
    await Promise.all(NAMES.map((name) => reconciler.reconcile(`shop/${name}`, new AbortController().signal)));
    const states = cluster.snapshot(ROLLOUT).map((object) => {
      const parsed = parseRollout(object);
      return parsed.ok ? `${object.metadata.name} ${parsed.value.status?.rollback?.state}` : 'unreadable';
    });
    assert.deepEqual(states.toSorted(), NAMES.map((name) => `${name} Pushed`).toSorted());
    const tree = remote.commits.get(remote.branches.get('main') ?? '')?.tree;
    for (const name of NAMES) assert.equal(remote.blobs.get(tree?.get(fileOf(name))?.oid ?? ''), manifest(name, '1'), name);
    assert.equal(counts.pushes, NAMES.length);
    // The good one, the bad one, the tip before the push and the tip after it; for the first one the tip is the bad commit.
    assert.equal(counts.looks, 4 * NAMES.length - 1);
  });
});
