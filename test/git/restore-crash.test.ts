import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant } from '../../src/api/time.ts';
import type { Fault } from '../../src/sim/cluster/sim-cluster.ts';
import { createSimRepositories, type RepositoryFault } from '../../src/sim/repository/sim-repositories.ts';
import { configYaml, rolloutYaml } from './support/manifests.ts';
import { realClock } from './support/real-clock.ts';
import { createRestoreWorld, type RestoreWorld, START } from './support/restore-world.ts';

const ADDRESS = 'https://git.example.com/team/shop';
const FILE = 'apps/shop/checkout.yaml';

interface Lab {
  readonly world: RestoreWorld;
  readonly repositories: ReturnType<typeof createSimRepositories>;
  readonly bad: string;
  /** Restore commits on the branch. */
  carriers(): number;
}

async function lab(): Promise<Lab> {
  const repositories = createSimRepositories({ clock: realClock });
  const remote = repositories.remote(ADDRESS);
  const good = remote.commit(
    'main',
    { [FILE]: rolloutYaml('checkout:1'), 'apps/shop/config.yaml': configYaml('1') },
    'one',
    instant(START),
  );
  const bad = remote.commit('main', { [FILE]: rolloutYaml('checkout:2') }, 'two', instant(START + 1000));
  const world = await createRestoreWorld({ repositories, url: ADDRESS, good, bad });
  const carriers = (): number => {
    const reached = remote.ancestors(remote.branches.get('main') ?? '');
    return [...reached].filter((oid) => remote.commits.get(oid)?.message.includes(`Sluice-Revert-Id: ${world.id}`)).length;
  };
  return { world, repositories, bad, carriers };
}

/** Lets promise work come to rest; a killed pass never settles. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Passes until the restore is over; refused writes are tried again as the queue would. */
async function untilOver(made: Lab): Promise<void> {
  for (let pass = 0; pass < 8; pass += 1) {
    made.world.restart();
    made.world.reconcile().catch(() => {});
    await rest();
    if (made.world.rollback().state === 'Pushed') return;
    made.world.clock.advance(600_000);
  }
}

/** Every network call of one undisturbed restore, in order. */
async function calls(): Promise<{ readonly cluster: number; readonly repository: number }> {
  const made = await lab();
  let [cluster, repository] = [0, 0];
  made.world.cluster.onRequest(() => {
    cluster += 1;
    return undefined;
  });
  made.repositories.onRequest(() => {
    repository += 1;
    return undefined;
  });
  await made.world.reconcile();
  assert.equal(made.world.rollback().state, 'Pushed');
  return { cluster, repository };
}

async function disturbed(at: number, where: 'cluster' | 'repository', fault: Fault | RepositoryFault): Promise<void> {
  const made = await lab();
  let count = 0;
  const isNow = (): boolean => (count += 1) === at;
  if (where === 'cluster') made.world.cluster.onRequest(() => (isNow() ? (fault as Fault) : undefined));
  else made.repositories.onRequest(() => (isNow() ? (fault as RepositoryFault) : undefined));
  made.world.reconcile().catch(() => {});
  await rest();
  await untilOver(made);
  const name = `${where} call ${at}: ${JSON.stringify(fault)}`;
  assert.equal(count >= at, true, `${name} was reached`);
  assert.equal(made.world.rollback().state, 'Pushed', `${name}: ${made.world.rollback().message}`);
  assert.equal(made.carriers(), 1, name);
}

describe('a restore that is disturbed', () => {
  it('ends with exactly one commit when the controller is killed before or after any of its calls', async () => {
    const { cluster, repository } = await calls();
    assert.ok(cluster >= 5 && repository >= 3);
    for (const when of ['before', 'after'] as const) {
      for (let at = 1; at <= cluster; at += 1) await disturbed(at, 'cluster', { kind: 'crash', when });
      for (let at = 1; at <= repository; at += 1) await disturbed(at, 'repository', { kind: 'crash', when });
    }
  });

  it('ends with exactly one commit when any of its calls fails once, done or not', async () => {
    const { cluster, repository } = await calls();
    for (const applied of [false, true]) {
      for (const [status, reason] of [
        [409, 'Conflict'],
        [429, 'TooManyRequests'],
        [500, 'InternalError'],
        [504, 'Timeout'],
      ] as const) {
        for (let at = 1; at <= cluster; at += 1)
          await disturbed(at, 'cluster', { kind: 'fail', status, reason, message: 'injected', applied });
      }
      for (const failure of ['Unreachable', 'Timeout', 'Authentication'] as const) {
        for (let at = 1; at <= repository; at += 1) await disturbed(at, 'repository', { kind: 'fail', failure, applied });
      }
    }
  });

  it('ends with exactly one commit when two controllers make it at the same time', async () => {
    const made = await lab();
    await Promise.allSettled([made.world.reconcile(), made.world.reconcile(), made.world.reconcile()]);
    await untilOver(made);
    assert.equal(made.carriers(), 1);
    assert.equal(made.world.rollback().state, 'Pushed');
  });

  it('does not make the commit again once somebody has removed it from the branch', async () => {
    const made = await lab();
    const remote = made.repositories.remote(ADDRESS);
    let pushed = 0;
    made.repositories.onRequest((request) => {
      if (request.operation === 'push') pushed += 1;
      // The push is in; before it is looked for, the branch is put back.
      if (request.operation === 'fetch' && pushed === 1) remote.branches.set('main', made.bad);
      return undefined;
    });
    await made.world.reconcile();
    assert.deepEqual([made.world.rollback().state, made.world.rollback().reason, pushed], ['Blocked', 'RestoreRemoved', 1]);
  });
});
