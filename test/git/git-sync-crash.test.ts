import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP, ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { Fault } from '../../src/sim/cluster/sim-cluster.ts';
import type { RepositoryFault } from '../../src/sim/repository/sim-repositories.ts';
import { configYaml, rolloutYaml } from './support/manifests.ts';
import { createSyncWorld, type SyncWorld } from './support/sync-world.ts';

const SERVICE_YAML =
  'apiVersion: v1\nkind: Service\nmetadata: {name: checkout-stable}\nspec:\n  selector: {app: checkout}\n  ports: [{port: 80}]\n';

type Place = { readonly where: 'cluster'; readonly fault: Fault } | { readonly where: 'repository'; readonly fault: RepositoryFault };

/** Lets promise work come to rest; a killed pass never settles. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A first commit is applied; a second one, with a change, a new and a removed object, is there. Each pass counts its calls from here. */
async function prepared(): Promise<SyncWorld> {
  const world = await createSyncWorld();
  const files = {
    'apps/shop/config.yaml': configYaml('1'),
    'apps/shop/old.yaml': configYaml('1', 'old'),
    'apps/shop/r.yaml': rolloutYaml('checkout:1'),
  };
  world.commit(files);
  await world.createSync({ interval: '1m' });
  await world.sync();
  world.commit({
    'apps/shop/config.yaml': configYaml('2'),
    'apps/shop/old.yaml': null,
    'apps/shop/s.yaml': SERVICE_YAML,
    'apps/shop/r.yaml': rolloutYaml('checkout:2'),
  });
  world.clock.advance(60_000);
  return world;
}

/** Everything that must be alike at the end: what was applied, the record, the conditions. Versions and times are not. */
function endOf(world: SyncWorld): unknown {
  const plain = (object: KubeObject): unknown => {
    const { clusterIP: _ip, clusterIPs: _ips, ...spec } = { ...(object['spec'] as Readonly<Record<string, unknown>> | undefined) };
    return [object.kind, object.metadata.name, object.metadata.generation, spec, object['data']];
  };
  const status = world.status();
  return {
    objects: [CONFIG_MAP, SERVICE, ROLLOUT].flatMap((kind) => world.cluster.snapshot(kind)).map(plain),
    inventory: status.inventory?.map(({ uid: _uid, ...entry }) => entry),
    conditions: status.conditions?.map(({ type, status: value, reason }) => [type, value, reason]),
    revision: [status.lastAppliedRevision, status.lastAttemptedRevision, status.message],
  };
}

/** Works on as the queue would: a pass that was killed or threw is followed by the next, until there is nothing left to do. */
async function untilDone(world: SyncWorld): Promise<unknown> {
  for (let passes = 0; passes < 3; passes += 1) {
    world.restart();
    world.pass().catch(() => {});
    await rest();
    const live = world.find(ROLLOUT, 'checkout');
    if (live !== undefined)
      await world.as.update(
        ROLLOUT,
        { ...live, status: { observedGeneration: live.metadata.generation, phase: 'Healthy' } },
        { subresource: 'status' },
      );
    world.clock.advance(60_000);
  }
  return endOf(world);
}

async function disturbed(place: Place, at: number): Promise<{ readonly reached: boolean; readonly end: unknown }> {
  const world = await prepared();
  let count = 0;
  const isNow = (): boolean => (count += 1) === at;
  if (place.where === 'cluster') world.cluster.onRequest(() => (isNow() ? place.fault : undefined));
  else world.repositories.onRequest(() => (isNow() ? place.fault : undefined));
  world.pass().catch(() => {});
  await rest();
  const reached = count >= at;
  world.cluster.onRequest(() => undefined);
  world.repositories.onRequest(() => undefined);
  return { reached, end: await untilDone(world) };
}

async function everywhere(place: Place): Promise<number> {
  const expected = await untilDone(await prepared());
  let at = 1;
  for (; ; at += 1) {
    const { reached, end } = await disturbed(place, at);
    if (!reached) return at - 1;
    assert.deepEqual(end, expected, `${place.where} call ${at}: ${JSON.stringify(place.fault)}`);
  }
}

describe('a GitSync that is disturbed', () => {
  it('ends alike when the controller is killed before or after any of its calls', async () => {
    for (const when of ['before', 'after'] as const) {
      assert.ok((await everywhere({ where: 'cluster', fault: { kind: 'crash', when } })) >= 10);
      assert.ok((await everywhere({ where: 'repository', fault: { kind: 'crash', when } })) >= 1);
    }
  });

  it('ends alike when any call to the API server fails once, done or not', async () => {
    for (const [status, reason, applied] of [
      [409, 'Conflict', false],
      [500, 'InternalError', false],
      [504, 'Timeout', true],
    ] as const)
      await everywhere({ where: 'cluster', fault: { kind: 'fail', status, reason, message: 'injected', applied } });
  });

  it('ends alike when any call to the repository fails once', async () => {
    for (const failure of ['Unreachable', 'Timeout', 'Authentication', 'Missing', 'Corrupt'] as const)
      await everywhere({ where: 'repository', fault: { kind: 'fail', failure } });
  });
});
