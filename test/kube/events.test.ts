import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENT, ROLLOUT, SERVICE_ACCOUNT } from '../../src/api/kinds.ts';
import { instant, millis } from '../../src/api/time.ts';
import { createEventRecorder } from '../../src/kube/events.ts';
import { type ClusterCall, recordingCluster } from '../../src/kube/records.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { SluiceError } from '../../src/ports/errors.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { field } from './field.ts';
import { quietLog } from './quiet-log.ts';
import { configMap } from './scripted-cluster.ts';

const event = { type: 'Warning', reason: 'RolloutAborted', message: 'the SLO was breached' } as const;
const about = { apiVersion: 'sluice.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'checkout', namespace: 'default', uid: 'u-1' } };

function setup() {
  const clock = createVirtualClock(instant(1_800_000_000_000));
  const sim = createSimCluster({ clock, crds: [] });
  const calls: ClusterCall[] = [];
  const cluster = recordingCluster(sim.as({ name: 'controller', groups: ['system:masters'] }), (call) => calls.push(call));
  const recorder = () => createEventRecorder({ cluster, clock, log: quietLog(), instance: 'pod-1' });
  return { clock, sim, calls, cluster, recorder };
}

describe('the event recorder', () => {
  it('writes one events.k8s.io Event and counts repeats as its series, at most once a minute', async () => {
    const { clock, sim, calls, recorder } = setup();
    const events = recorder();
    await Promise.all([events.emit(about, event), events.emit(about, event)]);
    await events.emit(about, event);
    assert.equal(calls.length, 1);
    await clock.runFor(millis(61_000));
    await events.emit(about, event);
    const written = sim.snapshot(EVENT);
    assert.equal(written.length, 1);
    assert.equal(written[0]?.['reason'], 'RolloutAborted');
    assert.equal(field(written[0], 'series', 'count'), 4);
    assert.match(String(written[0]?.['eventTime']), /^\d{4}-.*\.\d{6}Z$/);
    assert.deepEqual(
      calls.map((call) => call.verb),
      ['create', 'patch'],
    );
  });

  it('does not write the same words again after a restart, but other words as another Event', async () => {
    const { sim, recorder } = setup();
    await recorder().emit(about, event);
    await recorder().emit(about, event);
    await recorder().emit(about, { ...event, message: 'another' });
    assert.equal(sim.snapshot(EVENT).length, 2);
  });

  it('never rejects, and cuts a note to what the API server takes', async () => {
    const { clock, sim, recorder } = setup();
    const refuse = (): Promise<never> => Promise.reject(new SluiceError('forbidden', 'no'));
    await createEventRecorder({ cluster: { create: refuse, patch: refuse }, clock, log: quietLog(), instance: 'x' }).emit(about, event);
    await recorder().emit(about, { ...event, message: 'ä'.repeat(2_000) });
    assert.ok(Buffer.byteLength(String(sim.snapshot(EVENT)[0]?.['note'])) <= 1_024);
  });
});

describe('the recording cluster', () => {
  it('gives every call in the words of RBAC, with what impersonation needs', async () => {
    const calls: ClusterCall[] = [];
    const answer = (): Promise<never> => Promise.reject(new SluiceError('forbidden', 'no'));
    const stub: Cluster = {
      get: answer,
      list: answer,
      watch: () => ({ [Symbol.asyncIterator]: () => ({ next: answer }) }),
      create: answer,
      update: answer,
      apply: answer,
      patch: answer,
      remove: answer,
      evict: answer,
      impersonate: () => stub,
    };
    const cluster = recordingCluster(stub, (call) => calls.push(call));
    const ref = { namespace: 'shop', name: 'a' };
    const ignore = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);
    await ignore(cluster.get(ROLLOUT, ref));
    cluster.watch(ROLLOUT, { namespace: 'shop' });
    await ignore(cluster.apply(ROLLOUT, configMap('a', 1), { fieldManager: 'sluice', subresource: 'status' }));
    await ignore(cluster.apply(SERVICE_ACCOUNT, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ref }, { fieldManager: 'sluice' }));
    await ignore(cluster.impersonate('system:serviceaccount:shop:deployer', []).remove(ROLLOUT, ref));
    const words = calls.map((call) => [
      call.verb,
      call.group,
      call.resource + (call.subresource === undefined ? '' : `/${call.subresource}`),
      call.namespace,
      call.user,
      call.mayCreate ?? false,
    ]);
    const user = 'system:serviceaccount:shop:deployer';
    assert.deepEqual(words, [
      ['get', 'sluice.dev', 'rollouts', 'shop', undefined, false],
      ['watch', 'sluice.dev', 'rollouts', 'shop', undefined, false],
      ['patch', 'sluice.dev', 'rollouts/status', 'shop', undefined, false],
      ['patch', '', 'serviceaccounts', 'shop', undefined, true],
      ['impersonate', '', 'serviceaccounts', 'shop', undefined, false],
      ['delete', 'sluice.dev', 'rollouts', 'shop', user, false],
    ]);
  });
});
