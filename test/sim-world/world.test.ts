import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ENDPOINT_SLICE, POD, REPLICA_SET, SERVICE } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { millis } from '../../src/api/time.ts';
import { POD_DISRUPTION_BUDGET } from '../../src/sim/cluster/built-in-kinds.ts';
import type { PodBehaviour } from '../../src/sim/world/pod-behaviour.ts';
import { create, dig, endpointsOf, podCounts, podStates, replicaSet, scale, service, startLab, statusOf } from './lab.ts';

const seconds = (value: number) => millis(value * 1000);

describe('the ReplicaSet controller of the world', () => {
  it('creates pods that become ready after their delay and reports them', async () => {
    const lab = await startLab({ behaviour: () => ({ type: 'ready-after', delay: seconds(5) }) });
    await create(lab.cluster, replicaSet('web-aaa', 3));
    await lab.clock.runFor(millis(500));
    assert.deepEqual(podCounts(lab.sim), { pending: 3 });
    await lab.clock.runFor(seconds(2));
    assert.deepEqual(podCounts(lab.sim), { running: 3 });
    await lab.clock.runFor(seconds(3));
    assert.deepEqual(podCounts(lab.sim), { ready: 3 });
    assert.deepEqual(statusOf(lab.sim, 'web-aaa'), {
      replicas: 3,
      fullyLabeledReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      observedGeneration: 1,
    });
    await lab.stop();
  });

  it('names pods after the ReplicaSet with five derived characters, the same in every run', async () => {
    const names = async (): Promise<readonly string[]> => {
      const lab = await startLab();
      await create(lab.cluster, replicaSet('web-aaa', 3));
      await lab.clock.runFor(seconds(5));
      await lab.stop();
      return Object.keys(podStates(lab.sim));
    };
    const first = await names();
    assert.equal(first.length, 3);
    for (const name of first) assert.match(name, /^web-aaa-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    assert.deepEqual(await names(), first);
  });

  it('gives pods the labels of the template and the ReplicaSet as controlling owner', async () => {
    const lab = await startLab();
    await create(lab.cluster, replicaSet('web-aaa', 1));
    await lab.clock.runFor(seconds(5));
    const [pod] = lab.sim.snapshot(POD);
    assert.deepEqual(pod?.metadata.labels, { app: 'web', [POD_TEMPLATE_HASH]: 'web-aaa' });
    assert.deepEqual(
      pod?.metadata.ownerReferences?.map((owner) => [owner.kind, owner.name, owner.controller]),
      [['ReplicaSet', 'web-aaa', true]],
    );
    await lab.stop();
  });

  it('takes pods that are not ready first, then the newest', async () => {
    const broken = new Set<string>();
    const lab = await startLab({
      behaviour: (pod) => (broken.has(pod.metadata.name) ? { type: 'never-ready' } : { type: 'ready-after', delay: seconds(2) }),
    });
    await create(lab.cluster, replicaSet('web-aaa', 2));
    await lab.clock.runFor(seconds(10));
    const [oldest = '', older = ''] = Object.keys(podStates(lab.sim));
    await scale(lab.cluster, 'web-aaa', 3);
    await lab.clock.runFor(seconds(10));
    const newest = Object.keys(podStates(lab.sim)).find((name) => name !== oldest && name !== older);
    broken.add(oldest);
    lab.world.reconsider();
    await lab.clock.runFor(seconds(1));
    assert.equal(podStates(lab.sim)[oldest], 'running');
    await scale(lab.cluster, 'web-aaa', 2);
    await lab.clock.runFor(seconds(5));
    assert.ok(!(oldest in podStates(lab.sim)), 'the pod that is not ready went first');
    await scale(lab.cluster, 'web-aaa', 1);
    await lab.clock.runFor(seconds(5));
    assert.deepEqual(podStates(lab.sim), { [older]: 'ready' });
    assert.notEqual(newest, undefined);
    await lab.stop();
  });

  it('counts a pod as available only after minReadySeconds', async () => {
    const lab = await startLab({ behaviour: () => ({ type: 'ready-after', delay: seconds(2) }) });
    await create(lab.cluster, replicaSet('web-aaa', 1, { minReadySeconds: 30 }));
    await lab.clock.runFor(seconds(20));
    assert.partialDeepStrictEqual(statusOf(lab.sim, 'web-aaa'), { readyReplicas: 1, availableReplicas: 0 });
    await lab.clock.runFor(seconds(13));
    assert.partialDeepStrictEqual(statusOf(lab.sim, 'web-aaa'), { readyReplicas: 1, availableReplicas: 1 });
    await lab.stop();
  });

  it('replaces a pod that somebody deleted', async () => {
    const lab = await startLab();
    await create(lab.cluster, replicaSet('web-aaa', 2));
    await lab.clock.runFor(seconds(5));
    const [victim = ''] = Object.keys(podStates(lab.sim));
    await lab.cluster.remove(POD, { namespace: 'default', name: victim });
    await lab.clock.settle();
    assert.deepEqual(podCounts(lab.sim), { ending: 1, ready: 1, pending: 1 });
    await lab.clock.runFor(seconds(5));
    assert.deepEqual(podCounts(lab.sim), { ready: 2 });
    await lab.stop();
  });

  it('leaves no pod of a ReplicaSet that was deleted', async () => {
    const lab = await startLab();
    await create(lab.cluster, replicaSet('web-aaa', 2));
    await lab.clock.runFor(seconds(5));
    await lab.cluster.remove(REPLICA_SET, { namespace: 'default', name: 'web-aaa' }, { propagation: 'Background' });
    await lab.clock.runFor(seconds(10));
    assert.deepEqual(podCounts(lab.sim), {});
    await lab.stop();
  });

  it('comes to rest: nothing is written once all is as it should be', async () => {
    const lab = await startLab();
    await create(lab.cluster, service('web', { app: 'web' }));
    await create(lab.cluster, replicaSet('web-aaa', 3));
    await lab.clock.runFor(seconds(30));
    let writes = 0;
    lab.sim.onWrite(() => {
      writes += 1;
    });
    await lab.clock.runFor(seconds(3600));
    assert.equal(writes, 0);
    await lab.stop();
  });
});

describe('the pods of the world', () => {
  async function states(behaviour: PodBehaviour, times: readonly number[]): Promise<readonly unknown[]> {
    const lab = await startLab({ behaviour: () => behaviour });
    await create(lab.cluster, replicaSet('web-aaa', 1));
    const seen: unknown[] = [];
    for (const [index, time] of times.entries()) {
      await lab.clock.runFor(seconds(time - (times[index - 1] ?? 0)));
      const container = dig(lab.sim.snapshot(POD)[0], 'status', 'containerStatuses', 0);
      seen.push([Object.values(podStates(lab.sim))[0], dig(container, 'state', 'waiting', 'reason'), dig(container, 'restartCount')]);
    }
    await lab.stop();
    return seen;
  }

  it('crash again and again, with growing pauses', async () => {
    assert.deepEqual(await states({ type: 'crash-loop', delay: seconds(3) }, [2, 5, 15, 18, 37, 39]), [
      ['running', undefined, 0],
      ['running', 'CrashLoopBackOff', 0],
      ['running', undefined, 1],
      ['running', 'CrashLoopBackOff', 1],
      ['running', undefined, 2],
      ['running', undefined, 2],
    ]);
  });

  it('never start when the image cannot be pulled', async () => {
    assert.deepEqual(await states({ type: 'image-pull-error' }, [1, 600]), [
      ['pending', 'ImagePullBackOff', 0],
      ['pending', 'ImagePullBackOff', 0],
    ]);
  });

  it('run without ever being ready', async () => {
    assert.deepEqual(await states({ type: 'never-ready' }, [600]), [['running', undefined, 0]]);
  });

  it('go in and out of readiness', async () => {
    const behaviour: PodBehaviour = { type: 'readiness-flap', delay: seconds(2), ready: seconds(10), unready: seconds(5) };
    const seen = await states(behaviour, [1.5, 3, 11, 13, 18]);
    assert.deepEqual(
      seen.map((entry) => dig(entry, 0)),
      ['running', 'ready', 'ready', 'running', 'ready'],
    );
  });

  it('stay ready through their grace and then go', async () => {
    const lab = await startLab({ delays: { podTermination: seconds(10) } });
    await create(lab.cluster, service('web', { app: 'web' }));
    await create(lab.cluster, replicaSet('web-aaa', 1));
    await lab.clock.runFor(seconds(5));
    assert.deepEqual(endpointsOf(lab.sim, 'web'), ['true/true/false']);
    await scale(lab.cluster, 'web-aaa', 0);
    await lab.clock.runFor(seconds(5));
    assert.deepEqual(endpointsOf(lab.sim, 'web'), ['false/true/true']);
    await lab.clock.runFor(seconds(6));
    assert.deepEqual(endpointsOf(lab.sim, 'web'), []);
    assert.deepEqual(podCounts(lab.sim), {});
    await lab.stop();
  });

  it('have addresses of their own, or those that the hook gives, and tell the hooks of their life', async () => {
    const told: string[] = [];
    let port = 40_000;
    const lab = await startLab({
      hooks: {
        onPodStart: () => Promise.resolve({ ip: '127.0.0.1', port: ++port }),
        onPodReady: (pod) => told.push(`ready ${pod.metadata.annotations?.['sim.sluice.dev/port']}`),
        onPodGone: (pod) => {
          told.push(`gone ${pod.metadata.annotations?.['sim.sluice.dev/port']}`);
        },
      },
    });
    await create(lab.cluster, service('web', { app: 'web' }));
    await create(lab.cluster, replicaSet('web-aaa', 2));
    await lab.clock.runFor(seconds(5));
    const ports = lab.sim.snapshot(ENDPOINT_SLICE).map((slice) => String(dig(slice, 'ports', 0, 'port')));
    assert.deepEqual(ports.sort(), ['40001', '40002']);
    await scale(lab.cluster, 'web-aaa', 1);
    await lab.clock.runFor(seconds(5));
    assert.deepEqual(told.slice(0, 2).sort(), ['ready 40001', 'ready 40002']);
    assert.equal(told.length, 3);
    await lab.stop();
    assert.deepEqual(told.slice(2).sort(), ['gone 40001', 'gone 40002']);
  });
});

describe('the EndpointSlices of the world', () => {
  it('follow the selector of their Service', async () => {
    const lab = await startLab();
    await create(lab.cluster, service('web', { app: 'web', [POD_TEMPLATE_HASH]: 'web-aaa' }));
    await create(lab.cluster, replicaSet('web-aaa', 2));
    await create(lab.cluster, replicaSet('web-bbb', 1));
    await lab.clock.runFor(seconds(5));
    assert.equal(endpointsOf(lab.sim, 'web').length, 2);
    const body = { spec: { selector: { [POD_TEMPLATE_HASH]: 'web-bbb' } } };
    await lab.cluster.patch(SERVICE, { namespace: 'default', name: 'web' }, { type: 'merge', body });
    await lab.clock.settle();
    assert.equal(endpointsOf(lab.sim, 'web').length, 1);
    await lab.stop();
  });

  it('lag behind when told to', async () => {
    const lab = await startLab({ delays: { endpoints: seconds(20) } });
    await create(lab.cluster, service('web', { app: 'web' }));
    await create(lab.cluster, replicaSet('web-aaa', 1));
    await lab.clock.runFor(seconds(10));
    assert.deepEqual(endpointsOf(lab.sim, 'web'), []);
    await lab.clock.runFor(seconds(40));
    assert.deepEqual(endpointsOf(lab.sim, 'web'), ['true/true/false']);
    await lab.stop();
  });

  it('go with their Service, and with its selector', async () => {
    const lab = await startLab();
    await create(lab.cluster, service('one', { app: 'web' }));
    await create(lab.cluster, service('two', { app: 'web' }));
    await lab.clock.runFor(seconds(1));
    assert.equal(lab.sim.snapshot(ENDPOINT_SLICE).length, 2);
    await lab.cluster.remove(SERVICE, { namespace: 'default', name: 'one' });
    await lab.cluster.patch(SERVICE, { namespace: 'default', name: 'two' }, { type: 'merge', body: { spec: { selector: null } } });
    await lab.clock.runFor(seconds(1));
    assert.deepEqual(lab.sim.snapshot(ENDPOINT_SLICE), []);
    await lab.stop();
  });
});

describe('the disruption controller of the world', () => {
  const budget = (spec: Readonly<Record<string, unknown>>) => ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  });

  for (const [spec, allowed] of [
    [{ minAvailable: 3 }, 1],
    [{ minAvailable: '75%' }, 1],
    [{ minAvailable: '70%' }, 1],
    [{ maxUnavailable: 2 }, 2],
    [{ maxUnavailable: '10%' }, 1],
    [{ maxUnavailable: 0 }, 0],
    [{ minAvailable: 9 }, 0],
  ] as const) {
    it(`allows ${allowed} of 4 pods to go with ${JSON.stringify(spec)}`, async () => {
      const lab = await startLab();
      await create(lab.cluster, replicaSet('web-aaa', 4));
      await lab.cluster.create(POD_DISRUPTION_BUDGET, budget(spec));
      await lab.clock.runFor(seconds(10));
      assert.equal(dig(lab.sim.snapshot(POD_DISRUPTION_BUDGET)[0], 'status', 'disruptionsAllowed'), allowed);
      await lab.stop();
    });
  }

  it('lets evictions spend the budget, which comes back with the pods', async () => {
    const lab = await startLab();
    await create(lab.cluster, replicaSet('web-aaa', 4));
    await lab.cluster.create(POD_DISRUPTION_BUDGET, budget({ minAvailable: 3 }));
    await lab.clock.runFor(seconds(10));
    const evict = async (index: number): Promise<string> => {
      const { metadata } = lab.sim.snapshot(POD).filter((pod) => pod.metadata.deletionTimestamp === undefined)[index] ?? assert.fail();
      try {
        await lab.cluster.evict(metadata);
        return 'gone';
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
    };
    assert.equal(await evict(0), 'gone');
    assert.match(await evict(0), /would violate the pod's disruption budget/);
    await lab.clock.runFor(seconds(10));
    assert.equal(await evict(0), 'gone');
    await lab.stop();
  });
});
