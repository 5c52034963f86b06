import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { memoByObject } from '../../src/core/identity/memo-by-object.ts';
import type { WorkloadReading } from '../../src/core/rollout/observed.ts';
import { resolveWorkload } from '../../src/core/rollout/workload.ts';
import { template, World } from './world.ts';

describe('what is found out once for each object', () => {
  it('is not found out again for the same object, an answer of nothing included, and is for an equal one', () => {
    const asked: object[] = [];
    const ask = memoByObject((key: object) => void asked.push(key));
    const key = {};
    assert.deepEqual([ask(key), ask(key)], [undefined, undefined]);
    assert.equal(asked.length, 1);
    ask({});
    assert.equal(asked.length, 2);
  });

  it('is by one spec with a workloadRef as well, as long as Rollout and workload stay what they are', () => {
    const { template: _template, ...spec } = new World({ strategy: { canary: {} } }).spec;
    const world = new World({ strategy: { canary: {} } });
    world.spec = { ...spec, workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' } };
    const reading = (image: string): WorkloadReading => ({
      state: 'Found',
      workload: {
        kind: 'Deployment',
        name: 'checkout',
        uid: 'uid-d',
        resourceVersion: '1',
        generation: 1,
        deleting: false,
        template: template(image),
        selector: undefined,
        replicas: 1,
        availableReplicas: 1,
        statusCurrent: true,
      },
    });
    const [first, other] = [reading('v1'), reading('v2')];
    const resolved = resolveWorkload(world.rollout(), first).spec;
    assert.deepEqual(resolved.template, template('v1'));
    assert.equal(resolveWorkload(world.rollout(), first).spec, resolved);
    assert.deepEqual(resolveWorkload(world.rollout(), other).spec.template, template('v2'));
    world.change({ replicas: 3 });
    assert.equal(resolveWorkload(world.rollout(), first).spec.replicas, 3);
  });
});
