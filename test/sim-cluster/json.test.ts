import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ROLLOUT } from '../../src/api/kinds.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { instant } from '../../src/api/time.ts';
import { memoByObject } from '../../src/core/identity/memo-by-object.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { jsonEqual } from '../../src/sim/cluster/json.ts';
import type { Schema } from '../../src/sim/cluster/schema.ts';
import { applyDefaults } from '../../src/sim/cluster/schema-default.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { stableJson } from '../../src/sim/cluster/stable-json.ts';

describe('JSON values of the simulated cluster', () => {
  it('are equal whatever the order of their members, and an absent member equals an undefined one', () => {
    assert.ok(jsonEqual({ a: [1, { b: 2, c: null }], d: undefined }, { a: [1, { c: null, b: 2 }] }));
    for (const [left, right] of [
      [{ a: 1 }, {}],
      [{}, { a: 1 }],
      [{ a: null }, {}],
      [{ a: [1] }, { a: [1, 2] }],
      [{ a: { b: 1 } }, { a: { b: 2 } }],
      [[], {}],
    ])
      assert.equal(jsonEqual(left, right), false, JSON.stringify([left, right]));
  });

  it('have one text, sorted by name at every depth, without what JSON leaves out', () => {
    const text = '{"a":[1,null,{"x":"\\"","y":{}}],"b":null}';
    assert.equal(stableJson({ b: null, z: undefined, a: [1, undefined, { y: {}, x: '"' }] }), text);
    assert.equal(stableJson(JSON.parse(text)), text);
    assert.equal(stableJson(undefined), 'undefined');
  });

  it('get the defaults of their schema in lists, maps and nested members, and only where it has some', () => {
    const item: Schema = { properties: { mode: { default: 'fast' }, name: {} } };
    const schema: Schema = { properties: { list: { items: item }, map: { additionalProperties: item }, plain: { properties: { a: {} } } } };
    const value = { list: [{ name: 'x' }], map: { one: { mode: 'slow' }, two: {} }, plain: {} };
    applyDefaults(value, schema);
    assert.deepEqual(value, { list: [{ name: 'x', mode: 'fast' }], map: { one: { mode: 'slow' }, two: { mode: 'fast' } }, plain: {} });
  });
});

describe('what is read once of an object', () => {
  it('is read of each object for itself, undefined included', () => {
    const reads: object[] = [];
    const read = memoByObject((object: { readonly name?: string }) => {
      reads.push(object);
      return object.name;
    });
    const [one, two, none] = [{ name: 'one' }, { name: 'two' }, {}];
    assert.deepEqual([read(one), read(two), read(none), read(one), read(none)], ['one', 'two', undefined, 'one', undefined]);
    assert.deepEqual(reads, [one, two, none]);
  });
});

describe('a definition that several clusters are made with', () => {
  it('stays as the caller has it, and a changed one defines its own', async () => {
    const crds = ownCrds();
    const [rollouts] = crds.filter((crd) => crd.metadata.name === 'rollouts.sluice.dev');
    assert.ok(rollouts !== undefined);
    const clock = createVirtualClock(instant(0));
    const [first] = [createSimCluster({ clock, crds }), createSimCluster({ clock, crds })];
    assert.equal(Object.isFrozen(rollouts['spec']), false);
    const open = structuredClone(rollouts);
    const [version] = (open['spec'] as { versions: { schema: unknown }[] }).versions;
    assert.ok(version !== undefined);
    version.schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const loose = createSimCluster({ clock, crds: [open] });
    const object = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'web', namespace: 'default' },
      spec: { odd: 1 },
    };
    const user = { name: 'jane', groups: [] };
    assert.deepEqual((await loose.as(user).create(ROLLOUT, object))['spec'], { odd: 1 });
    await assert.rejects(() => first.as(user).create(ROLLOUT, object), /spec/);
  });
});
