import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_HASH, CONFIG_RECORD, POD_TEMPLATE_HASH, TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { RolloutSpec } from '../../src/api/rollout.ts';
import { instant } from '../../src/api/time.ts';
import { configRefs } from '../../src/core/config/config-refs.ts';
import { revisionHash } from '../../src/core/identity/revision-hash.ts';
import type { ObservedReplicaSet } from '../../src/core/rollout/observed.ts';
import { World } from './world.ts';
import { WorldConfig } from './world-config.ts';

type Template = NonNullable<RolloutSpec['template']>;
type Ref = Readonly<Record<string, unknown>>;

const STEPS = [{ setWeight: 20 }, { pause: { duration: '60s' } }, { setWeight: 60 }, { pause: { duration: '60s' } }];
const STRATEGY = { canary: { stableService: 'stable', canaryService: 'canary', steps: STEPS } };

function template(image: string, ...refs: readonly Ref[]): Template {
  const envFrom = refs.length === 0 ? [{ configMapRef: { name: 'app' } }] : refs;
  return { metadata: { labels: { app: 'checkout' } }, spec: { containers: [{ name: 'app', image, envFrom }] } };
}

function worldWith(spec: Partial<RolloutSpec> = {}, data: Readonly<Record<string, string>> = { timeout: '3s' }): World {
  const world = new World({ strategy: STRATEGY, template: template('v1'), ...spec });
  world.config = new WorldConfig();
  world.config.set('app', data);
  return world;
}

function configOf(world: World): WorldConfig {
  assert.ok(world.config);
  return world.config;
}

function healthy(world: World): boolean {
  return world.status?.phase === 'Healthy' && world.status.currentPodHash === world.status.stableRS;
}

function settled(spec: Partial<RolloutSpec> = {}): World {
  const world = worldWith(spec);
  world.applied('c1');
  world.until(() => healthy(world));
  return world;
}

function setOf(world: World, hash: string | undefined): ObservedReplicaSet {
  const found = [...world.sets.values()].find((one) => one.view.hash === hash);
  assert.ok(found, `no ReplicaSet ${hash}`);
  return found.view;
}

/** What the pods of a revision read from the object that they know as `app`. */
function contentOf(world: World, hash: string | undefined): Readonly<Record<string, string>> | undefined {
  const [ref] = configRefs(setOf(world, hash).template);
  return configOf(world).dataOf(ref?.name ?? '', ref?.kind);
}

function condition(world: World, type: string): { readonly status: string; readonly reason: string; readonly message: string } | undefined {
  return world.status?.conditions?.find((one) => one.type === type);
}

describe('a revision with configuration', () => {
  it('is made after an immutable copy of it, and its pods refer to the copy', () => {
    const world = worldWith();
    const plan = world.pass();
    assert.deepEqual(
      plan.actions.map((action) => action.type),
      ['copyConfig', 'createReplicaSet'],
    );
    const set = setOf(world, world.status?.currentPodHash);
    const [copy] = configOf(world).copies();
    assert.deepEqual(
      configRefs(set.template).map((ref) => ref.name),
      [copy],
    );
    assert.match(copy ?? '', /^app-[a-z0-9]{10}$/);
    assert.equal(set.annotations[TEMPLATE_HASH], revisionHash(template('v1')));
    assert.notEqual(set.annotations[TEMPLATE_HASH], set.hash);
    assert.equal(set.annotations[CONFIG_HASH], world.status?.config?.hash);
  });

  it('is another one when only the configuration changes, and stable keeps what it had', () => {
    const world = settled();
    const before = world.status?.stableRS;
    configOf(world).set('app', { timeout: '1ms', retries: '0' });
    world.tick();
    assert.equal(world.status?.currentPodHash, before);
    assert.equal(world.status?.phase, 'Progressing');
    assert.equal(condition(world, 'Ready')?.reason, 'ConfigSettling');
    assert.match(world.status?.message ?? '', /^ConfigMap app changed: a new revision starts at /);
    world.until(() => world.status?.currentStepIndex === 1);
    const { currentPodHash, stableRS, config } = world.status ?? {};
    assert.equal(stableRS, before);
    assert.notEqual(currentPodHash, before);
    assert.equal(setOf(world, currentPodHash).annotations[TEMPLATE_HASH], setOf(world, before).annotations[TEMPLATE_HASH]);
    assert.deepEqual(contentOf(world, stableRS), { timeout: '3s' });
    assert.deepEqual(contentOf(world, currentPodHash), { timeout: '1ms', retries: '0' });
    assert.deepEqual(config?.changes, [{ kind: 'ConfigMap', name: 'app', change: 'Changed', keys: ['retries', 'timeout'] }]);
    assert.equal(config?.only, true);
    world.until(() => healthy(world));
    assert.equal(world.status?.stableRS, currentPodHash);
    assert.equal(world.status?.revision, 2);
    assert.equal(world.status?.config?.changes, undefined);
  });

  it('does not start while the commit that brought the change is there only in part, however long, and starts with the rest', () => {
    const world = settled();
    const before = world.status?.currentPodHash;
    world.source = { ...world.source, incomplete: { gitSync: 'shop', commit: 'c2' } };
    configOf(world).set('app', { timeout: '1ms' });
    world.run(60);
    assert.equal(world.status?.currentPodHash, before);
    assert.equal(world.status?.phase, 'Progressing');
    assert.equal(condition(world, 'Ready')?.reason, 'CommitIncomplete');
    assert.equal(condition(world, 'ConfigAvailable')?.reason, 'CommitIncomplete');
    assert.match(world.status?.message ?? '', /^the GitSync shop has applied only a part of commit c2: no revision starts before/);
    world.change({ template: template('v2') });
    world.until(() => world.status?.currentPodHash !== before);
    assert.equal(world.status?.revision, 2);
    assert.equal(condition(world, 'ConfigAvailable'), undefined);
  });

  it('goes back to stable at once although a commit is there only in part', () => {
    const world = settled();
    const stable = world.status?.stableRS;
    configOf(world).set('app', { timeout: '1ms' });
    world.until(() => world.status?.currentStepIndex === 1);
    world.source = { ...world.source, incomplete: { gitSync: 'shop', commit: 'c3' } };
    configOf(world).set('app', { timeout: '3s' });
    world.tick();
    assert.equal(world.status?.currentPodHash, stable);
  });

  it('starts at once, and once, when the template changes along with it, in either order', () => {
    for (const templateFirst of [false, true]) {
      const world = settled();
      const changes = [() => world.deploy('x'), () => configOf(world).set('app', { timeout: '5s' })];
      changes[0] = () => world.change({ template: template('v2') });
      if (!templateFirst) changes.reverse();
      for (const change of changes) {
        change();
        if (!templateFirst) world.pass();
      }
      world.until(() => healthy(world) && world.status?.revision !== 1);
      assert.equal(world.status?.revision, 2);
      assert.equal(world.sets.size, 2);
      assert.deepEqual(contentOf(world, world.status?.stableRS), { timeout: '5s' });
    }
  });

  it('is stable again, without steps and without waiting, when the former content returns', () => {
    const world = settled();
    const before = world.status?.stableRS;
    configOf(world).set('app', { timeout: '1ms' });
    world.until(() => world.status?.currentStepIndex === 2);
    configOf(world).set('app', { timeout: '3s' });
    world.pass();
    assert.equal(world.status?.currentPodHash, before);
    assert.equal(world.status?.stableRS, before);
    world.until(() => healthy(world));
    assert.equal(world.status?.revision, 3);
  });

  it('never has waited when the content changes and changes back while it settles', () => {
    const world = settled();
    configOf(world).set('app', { timeout: '1ms' });
    world.pass();
    assert.ok(world.status?.config?.pendingSince);
    configOf(world).set('app', { timeout: '3s' });
    world.pass();
    assert.equal(world.status?.config?.pendingSince, undefined);
    assert.ok(healthy(world));
    assert.equal(world.status?.revision, 1);
  });

  it('waits no longer than it says, however often the content changes meanwhile', () => {
    const world = settled({ config: { settle: '30s' } });
    for (let count = 0; count < 5; count += 1) {
      configOf(world).set('app', { count: String(count) });
      world.tick(7);
      assert.equal(world.status?.revision, 1);
    }
    world.tick(7);
    assert.equal(world.status?.revision, 2);
    assert.deepEqual(contentOf(world, world.status?.currentPodHash), { count: '4' });
  });

  it('holds the steps of the revision under test while another configuration waits for it', () => {
    const world = settled();
    configOf(world).set('app', { timeout: '1ms' });
    world.until(() => world.status?.currentStepIndex === 1);
    world.tick(55);
    configOf(world).set('app', { timeout: '4s' });
    world.now = instant(world.now + 6000);
    world.pass();
    assert.equal(world.status?.currentStepIndex, 1);
    assert.equal(world.status?.phase, 'Progressing');
    world.tick();
    assert.equal(world.status?.revision, 3);
    assert.equal(world.status?.currentStepIndex, 0);
  });
});

describe('what is missing', () => {
  it('holds a first deployment until it is there, with a condition that names it', () => {
    const world = worldWith();
    configOf(world).remove('app');
    world.tick();
    assert.equal(world.sets.size, 0);
    assert.equal(world.status?.phase, 'Progressing');
    assert.deepEqual(
      [condition(world, 'ConfigAvailable')?.status, condition(world, 'ConfigAvailable')?.reason],
      ['False', 'ConfigMissing'],
    );
    assert.match(world.status?.message ?? '', /^ConfigMap app, which the pod template refers to, does not exist: create it, or mark/);
    configOf(world).set('app', { timeout: '3s' });
    world.until(() => healthy(world));
    assert.equal(world.status?.revision, 1);
    assert.equal(condition(world, 'ConfigAvailable'), undefined);
  });

  it('holds a new revision and leaves the one before in service', () => {
    const world = settled();
    const before = world.status?.stableRS;
    world.change({ template: template('v2', { configMapRef: { name: 'app' } }, { configMapRef: { name: 'flags' } }) });
    world.run(3);
    assert.equal(world.status?.currentPodHash, before);
    assert.equal(world.sets.size, 1);
    assert.equal(condition(world, 'Completed')?.status, 'False');
    world.until(() => world.status?.phase === 'Degraded', 100);
    assert.equal(condition(world, 'Ready')?.reason, 'ProgressDeadlineExceeded');
    configOf(world).set('flags', {});
    world.until(() => healthy(world));
    assert.equal(world.status?.revision, 2);
    assert.equal(world.sets.size, 2);
  });

  it('is no hindrance when every reference to it is optional, and a change when it comes', () => {
    const optional = { configMapRef: { name: 'flags', optional: true } };
    const world = settled({ template: template('v1', { configMapRef: { name: 'app' } }, optional) });
    const before = setOf(world, world.status?.stableRS);
    const absent = configRefs(before.template).find((ref) => ref.name.startsWith('flags'));
    assert.notEqual(absent?.name, 'flags');
    assert.equal(configOf(world).copies().length, 1);
    configOf(world).set('flags', { a: '1' });
    world.until(() => healthy(world) && world.status?.revision === 2);
    assert.equal(configOf(world).copies().length, 3 - 1);
    configOf(world).remove('flags');
    world.until(() => healthy(world) && world.status?.revision === 3);
    assert.equal(world.status?.stableRS, before.hash);
  });

  it('is needed as soon as one reference is not optional', () => {
    const optional = { configMapRef: { name: 'flags', optional: true } };
    const world = worldWith({ template: template('v1', optional, { configMapRef: { name: 'flags' } }) });
    world.tick();
    assert.equal(condition(world, 'ConfigAvailable')?.reason, 'ConfigMissing');
  });
});

describe('the opt-out', () => {
  it('leaves templates, labels and ConfigMaps as they are', () => {
    const world = settled({ config: { follow: false } });
    const set = setOf(world, revisionHash(template('v1')));
    assert.deepEqual(
      configRefs(set.template).map((ref) => ref.name),
      ['app'],
    );
    assert.deepEqual(configOf(world).copies(), []);
    configOf(world).set('app', { timeout: '1ms' });
    world.run(3);
    assert.equal(world.status?.revision, 1);
    assert.ok(healthy(world));
  });

  it('starts nothing when it is set or taken back', () => {
    const world = settled();
    const before = world.status?.stableRS;
    world.change({ config: { follow: false } });
    configOf(world).set('app', { timeout: '1ms' });
    world.run(3);
    assert.deepEqual([world.status?.stableRS, world.status?.revision, healthy(world)], [before, 1, true]);
    configOf(world).set('app', { timeout: '3s' });
    world.change({ config: {} });
    world.run(3);
    assert.deepEqual([world.status?.stableRS, world.status?.revision, world.sets.size], [before, 1, 1]);
  });
});

describe('a revision that was recorded without its configuration', () => {
  /** As an installation that did not follow configuration left it. */
  function legacy(): World {
    const world = worldWith();
    const config = configOf(world);
    world.config = undefined;
    world.applied('c1');
    world.until(() => healthy(world));
    world.config = config;
    return world;
  }

  it('adopts what is live: no rollout, the label stays, and pods to come use a copy', () => {
    const world = legacy();
    const hash = world.status?.stableRS;
    assert.equal(hash, revisionHash(template('v1')));
    world.run(2);
    const set = setOf(world, hash);
    assert.deepEqual([world.status?.revision, world.sets.size, healthy(world)], [1, 1, true]);
    assert.equal(set.annotations[TEMPLATE_HASH], hash);
    assert.deepEqual(contentOf(world, hash), { timeout: '3s' });
    assert.notEqual(configRefs(set.template)[0]?.name, 'app');
    assert.equal(set.specReplicas, 10);
  });

  it('is told apart from then on', () => {
    const world = legacy();
    const hash = world.status?.stableRS;
    world.run(2);
    configOf(world).set('app', { timeout: '1ms' });
    world.until(() => world.status?.currentStepIndex === 2);
    assert.notEqual(world.status?.currentPodHash, hash);
    assert.deepEqual(contentOf(world, hash), { timeout: '3s' });
    configOf(world).set('app', { timeout: '3s' });
    world.until(() => healthy(world));
    assert.equal(world.status?.stableRS, hash);
  });

  it('goes on where it was when that happens in the middle of a rollout', () => {
    const world = legacy();
    const config = world.config;
    world.config = undefined;
    world.change({ template: template('v2') });
    world.until(() => world.status?.currentStepIndex === 1);
    const { currentPodHash, stableRS } = world.status ?? {};
    world.config = config;
    world.run(2);
    assert.equal(world.status?.currentStepIndex, 1);
    for (const hash of [currentPodHash, stableRS]) assert.ok(setOf(world, hash).annotations[CONFIG_RECORD], `${hash} is not on record`);
    world.until(() => healthy(world));
    assert.deepEqual([world.status?.stableRS, world.status?.revision], [currentPodHash, 2]);
  });

  it('takes Secrets into its record without a rollout when they are followed from now on', () => {
    const world = settled({ template: template('v1', { configMapRef: { name: 'app' } }, { secretRef: { name: 'db' } }) });
    const hash = world.status?.stableRS;
    configOf(world).set('db', { password: 'eA==' }, 'Secret');
    configOf(world).secrets = { state: 'Read' };
    world.run(2);
    assert.deepEqual([world.status?.stableRS, world.status?.revision, healthy(world)], [hash, 1, true]);
    assert.ok(configRefs(setOf(world, hash).template).every((ref) => ref.name !== 'db' && ref.name !== 'app'));
    configOf(world).set('db', { password: 'eQ==' }, 'Secret');
    world.until(() => world.status?.revision === 2);
    assert.deepEqual(world.status?.config?.changes, [{ kind: 'Secret', name: 'db', change: 'Changed', keys: ['password'] }]);
    configOf(world).secrets = { state: 'Off' };
    world.until(() => healthy(world));
    assert.equal(world.status?.revision, 2);
  });
});

describe('a copy', () => {
  it('goes with the last revision that uses it', () => {
    const world = settled({ revisionHistoryLimit: 1 });
    const config = configOf(world);
    const [first] = config.copies();
    for (const [index, timeout] of ['4s', '5s'].entries()) {
      config.set('app', { timeout });
      world.until(() => healthy(world) && world.status?.revision === index + 2);
      world.run(2);
    }
    assert.equal(config.dataOf(first ?? ''), undefined);
    assert.deepEqual(config.copies().length, 2);
    // The template changes, the content does not: no copy is made.
    const made = config.log.filter((line) => line.startsWith('+')).length;
    world.change({ template: template('v2') });
    world.until(() => healthy(world) && world.status?.revision === 4);
    assert.equal(config.log.filter((line) => line.startsWith('+')).length, made);
  });

  it('is made again when somebody deletes it and its content is still there', () => {
    const world = settled();
    const config = configOf(world);
    const [copy = ''] = config.copies();
    config.remove(copy);
    world.pass();
    assert.deepEqual(config.dataOf(copy), { timeout: '3s' });
  });

  it('is never made over an object that is something else', () => {
    const world = settled();
    const [copy = ''] = configOf(world).copies();
    const other = worldWith();
    configOf(other).set(copy, { mine: '1' });
    other.run(2);
    assert.equal(other.sets.size, 0);
    assert.equal(condition(other, 'ConfigAvailable')?.reason, 'ConfigCopyRefused');
    assert.match(other.status?.message ?? '', new RegExp(`^ConfigMap ${copy} exists and is no copy of app: delete or rename it`));
    configOf(other).remove(copy);
    other.until(() => healthy(other));
  });

  it('is owned by every Rollout that uses it, and only left by one that others stay with', () => {
    const world = worldWith({ revisionHistoryLimit: 0 });
    const config = configOf(world);
    const other = { apiVersion: 'sluice.dev/v1alpha1', kind: 'Rollout', name: 'other', uid: 'uid-2' };
    const first = worldWith();
    first.pass();
    const [copy = ''] = configOf(first).copies();
    config.set(copy, { timeout: '3s' }, 'ConfigMap', { copyOf: 'app', immutable: true, ownerReferences: [other] });
    world.until(() => healthy(world));
    const owners = () =>
      config
        .observe()
        .objects.get(`ConfigMap/${copy}`)
        ?.ownerReferences.map((owner) => owner.uid);
    assert.deepEqual(owners(), ['uid-2', 'uid-1']);
    config.set('app', { timeout: '4s' });
    world.until(() => healthy(world) && world.status?.revision === 2);
    world.run(2);
    assert.deepEqual(owners(), ['uid-2']);
  });

  it('that the API server refuses holds the new revision with a condition, and is tried again', () => {
    const world = settled();
    const before = world.status?.stableRS;
    configOf(world).refused = { message: 'ConfigMap app-x cannot be made: forbidden', until: instant(world.now + 60_000) };
    world.change({ template: template('v2') });
    configOf(world).set('app', { timeout: '1ms' });
    world.tick();
    assert.deepEqual([world.status?.currentPodHash, condition(world, 'ConfigAvailable')?.reason], [before, 'ConfigCopyRefused']);
    world.until(() => healthy(world));
    assert.equal(world.status?.revision, 2);
  });
});

describe('configuration that cannot be read', () => {
  it('keeps what runs as it is, says so, and holds only a revision that would be new', () => {
    const world = settled();
    const before = world.status?.stableRS;
    configOf(world).configMaps = { state: 'Unreadable', message: 'configmaps is forbidden' };
    world.run(2);
    assert.deepEqual([world.status?.stableRS, healthy(world)], [before, true]);
    assert.equal(condition(world, 'ConfigAvailable')?.reason, 'ConfigUnreadable');
    world.change({ replicas: 12 });
    world.until(() => world.available() === 12);
    world.change({ template: template('v2') });
    world.run(3);
    assert.deepEqual([world.status?.currentPodHash, world.status?.phase, world.sets.size], [before, 'Progressing', 1]);
    configOf(world).configMaps = { state: 'Read' };
    world.until(() => healthy(world));
    assert.equal(world.status?.revision, 2);
  });
});

describe('an undo', () => {
  it('takes the template of a ReplicaSet, whose copies stand for what they were made from', () => {
    const world = settled();
    const before = setOf(world, world.status?.stableRS);
    configOf(world).set('app', { timeout: '1ms' });
    world.change({ template: template('v2') });
    world.until(() => healthy(world) && world.status?.revision === 2);
    const { labels, ...metadata } = before.template['metadata'] as { labels: Record<string, string> };
    const { [POD_TEMPLATE_HASH]: _hash, ...own } = labels;
    world.change({ template: { ...before.template, metadata: { ...metadata, labels: own } } });
    world.until(() => healthy(world) && world.status?.revision === 3);
    assert.deepEqual([world.status?.stableRS, world.sets.size], [before.hash, 2]);
    assert.deepEqual(contentOf(world, before.hash), { timeout: '3s' });
  });
});
