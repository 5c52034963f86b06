import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_HASH, TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { RolloutSpec } from '../../src/api/rollout.ts';
import type { QuarantineEntry } from '../../src/api/rollout-status.ts';
import { World } from './world.ts';
import { WorldConfig } from './world-config.ts';

const STRATEGY: RolloutSpec['strategy'] = {
  canary: { steps: [{ setWeight: 20 }, { analysis: { templates: [{ templateName: 'slo' }] } }] },
};
const NOT_FOLLOWED = { follow: false };

function template(image: string): NonNullable<RolloutSpec['template']> {
  const container = { name: 'app', image, envFrom: [{ configMapRef: { name: 'app' } }] };
  return { metadata: { labels: { app: 'checkout' } }, spec: { containers: [container] } };
}

/** Image v1 is stable, with the ConfigMap `app`; a breach only aborts. */
function settled(spec: Partial<RolloutSpec> = {}): World {
  const world = new World({ strategy: STRATEGY, template: template('v1'), rollback: { onFailure: 'Abort' }, ...spec });
  world.config = new WorldConfig();
  world.config.set('app', { timeout: '3s' });
  world.until(() => world.status?.phase === 'Healthy');
  return world;
}

function breach(world: World): QuarantineEntry {
  world.change({ template: template('v2') });
  world.until(() => world.runs.size > 0);
  world.judgeAll('Failed');
  world.until(() => world.status?.quarantine !== undefined);
  world.run(20);
  const [entry, ...others] = world.status?.quarantine ?? [];
  assert.ok(entry !== undefined && others.length === 0);
  return entry;
}

function backToStable(world: World): void {
  world.change({ template: template('v1') });
  world.until(() => world.status?.phase === 'Healthy');
}

function isHeld(world: World): boolean {
  return world.status?.abort === true && world.status.conditions?.[0]?.reason === 'QuarantinedRevision';
}

/** History, or a person, takes the ReplicaSet of this revision away, and the mark on it. */
function forgetSet(world: World, hash: string): void {
  for (const [name, set] of world.sets) if (set.view.hash === hash) world.sets.delete(name);
}

describe('the quarantine of a revision that follows configuration', () => {
  it('says both parts of the revision', () => {
    const world = settled();
    const entry = breach(world);
    const set = [...world.sets.values()].find((one) => one.view.hash === entry.podTemplateHash)?.view;
    assert.ok(set?.annotations[CONFIG_HASH] !== undefined);
    assert.equal(entry.configHash, set.annotations[CONFIG_HASH]);
    assert.notEqual(entry.podTemplateHash, set.annotations[TEMPLATE_HASH]);
  });

  it('does not hold the same template with another configuration: that may be the fix', () => {
    const world = settled();
    const entry = breach(world);
    world.config?.set('app', { timeout: '10s' });
    world.until(() => world.status?.currentPodHash !== entry.podTemplateHash);
    assert.equal(isHeld(world), false);
    assert.deepEqual(world.status?.quarantine, [entry]);
  });

  it('holds the same two parts again when the revision had the label of its template alone', () => {
    const world = settled({ config: NOT_FOLLOWED });
    world.change({ template: template('v2') });
    world.until(() => world.runs.size > 0);
    world.change({ config: {} });
    world.run(3);
    world.judgeAll('Failed');
    world.until(() => world.status?.quarantine !== undefined);
    world.run(20);
    const [entry] = world.status?.quarantine ?? [];
    assert.ok(entry?.configHash !== undefined);
    backToStable(world);
    forgetSet(world, entry.podTemplateHash);
    world.change({ template: template('v2') });
    world.until(() => world.status?.phase === 'Degraded');
    assert.notEqual(world.status?.currentPodHash, entry.podTemplateHash, 'it would have a label of both parts now');
    assert.ok(isHeld(world), world.status?.message);
  });

  it('is lifted by retry, whichever label it has', () => {
    const world = settled();
    breach(world);
    world.annotations['sluice.dev/request'] = `retry:${world.status?.currentPodHash}@1`;
    world.run(2);
    assert.equal(world.status?.quarantine, undefined);
  });

  it('of an older version, without the config hash, still holds, and gets it from the ReplicaSet', () => {
    const world = settled();
    const { configHash, ...old } = breach(world);
    assert.ok(world.status);
    world.status = { ...world.status, quarantine: [old] };
    world.run(2);
    assert.ok(world.status.abort);
    assert.deepEqual(world.status.quarantine, [{ ...old, configHash }]);
    backToStable(world);
    world.change({ template: template('v2') });
    world.until(() => world.status?.phase === 'Degraded');
    assert.ok(isHeld(world), world.status.message);
  });

  it('of an older version holds by its label alone when its ReplicaSet is gone', () => {
    const world = settled();
    const { configHash: _configHash, ...old } = breach(world);
    backToStable(world);
    assert.ok(world.status);
    world.status = { ...world.status, quarantine: [old] };
    forgetSet(world, old.podTemplateHash);
    world.change({ template: template('v2') });
    world.until(() => world.status?.phase === 'Degraded');
    assert.ok(isHeld(world), world.status.message);
  });

  it('is read off the ReplicaSets with both parts when status is lost', () => {
    const world = settled();
    const entry = breach(world);
    world.status = undefined;
    world.run(3);
    const [found] = (world.status as World['status'])?.quarantine ?? [];
    assert.deepEqual([found?.podTemplateHash, found?.configHash], [entry.podTemplateHash, entry.configHash]);
  });
});
