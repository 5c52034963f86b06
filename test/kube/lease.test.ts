import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP } from '../../src/api/kinds.ts';
import { instant, type Millis, millis } from '../../src/api/time.ts';
import { fencedCluster } from '../../src/kube/fenced-cluster.ts';
import { createLeaderElector, leaseName } from '../../src/kube/lease.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { isSluiceError } from '../../src/ports/errors.ts';
import { createRandom } from '../../src/sim/clock/random.ts';
import { createVirtualClock, type VirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { field } from './field.ts';
import { createLeaseServer, type LeaseServer } from './lease-cluster.ts';
import { quietLog } from './quiet-log.ts';
import { configMap } from './scripted-cluster.ts';

/** The clock of one process: it can be stopped (SIGSTOP), and its two clocks can be wrong each in its own way. */
function processClock(world: VirtualClock) {
  const held: (() => void)[] = [];
  const state = { stopped: false, wallSkew: 0, monotonicLost: 0 };
  const clock: Clock = {
    now: () => instant(world.now() + state.wallSkew),
    monotonic: () => millis(world.monotonic() - state.monotonicLost),
    startTimer: (delay: Millis, fire: () => void) => world.startTimer(delay, () => (state.stopped ? void held.push(fire) : fire())),
  };
  return {
    clock,
    state,
    resume() {
      state.stopped = false;
      for (const fire of held.splice(0)) fire();
    },
  };
}

function candidate(world: VirtualClock, server: LeaseServer, identity: string) {
  const connection = server.connect(identity);
  const { clock, state, resume } = processClock(world);
  const log: string[] = [];
  const elector = createLeaderElector({
    cluster: connection.cluster,
    clock,
    random: createRandom(identity.length),
    log: quietLog(),
    namespace: 'sluice',
    name: leaseName(),
    identity,
  });
  const stop = new AbortController();
  let cancelledAt: number | undefined;
  let leadership: AbortSignal | undefined;
  const done = elector.run(
    {
      onStarted: (signal) =>
        new Promise<void>((resolve) => {
          leadership = signal;
          log.push('started');
          signal.addEventListener('abort', () => {
            cancelledAt = world.now();
            log.push('stopped');
            resolve();
          });
        }),
    },
    stop.signal,
  );
  const leads = (): boolean => leadership !== undefined && !leadership.aborted;
  return { connection, elector, stop, done, log, state, resume, leads, cancelledAt: () => cancelledAt };
}

function setup() {
  const world = createVirtualClock(instant(1_800_000_000_000));
  const server = createLeaseServer();
  return { world, server, join: (identity: string) => candidate(world, server, identity) };
}

const seconds = (count: number): Millis => millis(count * 1000);

describe('leader election', () => {
  it('names the lease after the instance', () => {
    assert.equal(leaseName(), 'sluice-controller');
    assert.notEqual(leaseName('blue'), leaseName('green'));
  });

  it('takes a free lease, renews it every 2 s, and lets the other candidate wait', async () => {
    const { world, server, join } = setup();
    const a = join('a');
    await world.settle();
    const b = join('b');
    await world.runFor(seconds(60));
    assert.deepEqual([a.leads(), a.elector.mayWrite(), b.leads(), b.elector.mayWrite()], [true, true, false, false]);
    assert.ok(server.writes.length >= 28 && server.writes.every((write) => write.by === 'a'));
    assert.deepEqual([field(server.current, 'spec', 'leaseDurationSeconds'), field(server.current, 'spec', 'leaseTransitions')], [15, 0]);
    a.stop.abort();
    b.stop.abort();
    assert.deepEqual(await Promise.all([a.done, b.done]), ['cancelled', 'cancelled']);
  });

  it('renews with one request, over what it wrote last', async () => {
    const { world, server, join } = setup();
    const a = join('a');
    await world.runFor(seconds(61));
    assert.deepEqual([a.leads(), server.reads.length], [true, 1]);
    assert.ok(server.writes.length >= 28);
    a.stop.abort();
    await a.done;
  });

  it('looks after a conflict, and leads on when the lease is still its own: annotated, made anew, or renewed with the answer lost', async () => {
    const { world, server, join } = setup();
    const a = join('a');
    await world.runFor(seconds(5));
    const disturbances: readonly (() => void)[] = [
      () => server.change({}),
      () => {
        server.current = undefined;
      },
      () => {
        a.connection.mode = 'loses';
      },
    ];
    for (const disturb of disturbances) {
      const before = server.reads.length;
      disturb();
      await world.runFor(seconds(23));
      assert.deepEqual([a.leads(), a.elector.mayWrite(), server.reads.length], [true, true, before + 1]);
    }
    a.stop.abort();
    await a.done;
  });

  it("stops at its next renewal when the lease is somebody else's", async () => {
    const { world, server, join } = setup();
    const a = join('a');
    await world.runFor(seconds(5));
    server.change({ holderIdentity: 'b' });
    const writes = server.writes.length;
    await world.runFor(seconds(3));
    assert.deepEqual([a.leads(), a.elector.mayWrite(), server.writes.length, await a.done], [false, false, writes, 'lost']);
    assert.equal(field(server.current, 'spec', 'holderIdentity'), 'b');
  });

  it('gives the lease back when it is asked to stop, so that the next one leads within the retry period', async () => {
    const { world, server, join } = setup();
    const a = join('a');
    await world.settle();
    const b = join('b');
    await world.runFor(seconds(10));
    a.stop.abort();
    assert.equal(a.elector.mayWrite(), false);
    await world.settle();
    assert.equal(await a.done, 'cancelled');
    assert.equal(field(server.current, 'spec', 'holderIdentity'), '');
    await world.runFor(seconds(2.5));
    assert.equal(b.leads(), true);
    assert.equal(field(server.current, 'spec', 'leaseTransitions'), 1);
    b.stop.abort();
    await b.done;
  });

  it('gives the lease back when it is asked to stop in the middle of a renewal that the API server has made', async () => {
    const { world, server, join } = setup();
    const a = join('a');
    await world.runFor(seconds(5));
    a.connection.mode = 'swallows';
    await world.runFor(seconds(2));
    a.stop.abort();
    await world.settle();
    assert.equal(await a.done, 'cancelled');
    assert.equal(field(server.current, 'spec', 'holderIdentity'), '');
  });

  it('leaves a lease that somebody else took in the meantime as it is when it stops', async () => {
    const { world, server, join } = setup();
    const a = join('a');
    await world.runFor(seconds(5));
    server.change({ holderIdentity: 'b' });
    a.stop.abort();
    await world.settle();
    assert.equal(await a.done, 'cancelled');
    assert.equal(field(server.current, 'spec', 'holderIdentity'), 'b');
  });

  it('does not give the lease back before the work has ended', async () => {
    const { world, server } = setup();
    const elector = createLeaderElector({
      cluster: server.connect('a').cluster,
      clock: world,
      random: () => 0,
      log: quietLog(),
      namespace: 'sluice',
      name: 'x',
      identity: 'a',
    });
    const stop = new AbortController();
    let finish = (): void => undefined;
    let lostSignal: AbortSignal | undefined;
    const done = elector.run(
      {
        onStarted(_signal, lost) {
          lostSignal = lost;
          return new Promise((resolve) => {
            finish = resolve;
          });
        },
      },
      stop.signal,
    );
    await world.settle();
    stop.abort();
    await world.runFor(seconds(3));
    assert.equal(field(server.current, 'spec', 'holderIdentity'), 'a');
    assert.equal(lostSignal?.aborted, false);
    finish();
    assert.equal(await done, 'cancelled');
    assert.equal(field(server.current, 'spec', 'holderIdentity'), '');
    assert.equal(world.pending(), 0);
  });

  it('judges expiry by what it saw change, not by the times in the record', async () => {
    const { world, server, join } = setup();
    const a = join('a');
    await world.settle();
    a.state.wallSkew = -3_600_000;
    const b = join('b');
    b.state.wallSkew = 7_200_000;
    await world.runFor(seconds(60));
    assert.deepEqual([a.leads(), b.leads()], [true, false]);
    a.stop.abort();
    b.stop.abort();
    await Promise.all([a.done, b.done]);
    assert.ok(server.writes.length > 20);
  });
});

describe('F7: the leader is killed', () => {
  it('is followed by the other within lease duration and two retries, at any moment of the renewal cycle', async () => {
    for (let offset = 0; offset < 2_000; offset += 130) {
      const { world, join } = setup();
      const a = join('a');
      await world.settle();
      const b = join('b');
      await world.runFor(millis(10_000 + offset));
      a.state.stopped = true;
      const killedAt = world.now();
      assert.equal(await world.runUntil(() => b.leads(), seconds(60)), true);
      const took = world.now() - killedAt;
      assert.ok(took >= 12_000 && took <= 20_000, `took ${took} ms`);
      b.stop.abort();
      await b.done;
    }
  });

  it('elects one and only one leader in the simulated cluster too', async () => {
    const world = createVirtualClock(instant(1_800_000_000_000));
    const cluster = createSimCluster({ clock: world, crds: [] }).as({ name: 'controller', groups: ['system:masters'] });
    const leading: string[] = [];
    const stops = ['a', 'b', 'c'].map((identity) => {
      const stop = new AbortController();
      const elector = createLeaderElector({
        cluster,
        clock: world,
        random: createRandom(identity.charCodeAt(0)),
        log: quietLog(),
        namespace: 'default',
        name: leaseName('x'),
        identity,
      });
      const done = elector.run(
        {
          onStarted: (signal) =>
            new Promise<void>((resolve) => {
              leading.push(identity);
              signal.addEventListener('abort', () => resolve());
            }),
        },
        stop.signal,
      );
      return { identity, stop, done };
    });
    await world.runFor(seconds(30));
    assert.equal(leading.length, 1);
    const first = stops.find((one) => one.identity === leading[0]);
    first?.stop.abort();
    await first?.done;
    await world.runFor(seconds(5));
    assert.equal(leading.length, 2);
    for (const { stop, done } of stops) {
      stop.abort();
      await done;
    }
  });
});

describe('F8: split brain', () => {
  it('a leader that cannot renew stops before another may take the lease', async () => {
    for (const mode of ['hangs', 'fails'] as const) {
      const { world, join } = setup();
      const a = join('a');
      await world.settle();
      const b = join('b');
      await world.runFor(seconds(10));
      a.connection.mode = mode;
      await world.runUntil(() => b.leads(), seconds(60));
      const stopped = a.cancelledAt() ?? assert.fail('never stopped');
      assert.ok(world.now() - stopped >= 3_000, `${mode}: stopped only ${world.now() - stopped} ms before the next leader`);
      assert.equal(await a.done, 'lost');
      b.stop.abort();
      await b.done;
    }
  });

  it('a stopped leader that resumes after another took over must not write, not even once', async () => {
    const { world, server, join } = setup();
    const a = join('a');
    await world.settle();
    const b = join('b');
    await world.runFor(seconds(10));
    a.state.stopped = true;
    await world.runFor(seconds(40));
    assert.equal(b.leads(), true);
    // The first thing that runs after SIGCONT may be a reconciler's write, before any timer.
    assert.equal(a.elector.mayWrite(), false);
    const writes = server.writes.length;
    a.resume();
    await world.settle();
    assert.equal(await a.done, 'lost');
    assert.ok(server.writes.slice(writes).every((write) => write.by === 'b'));
    assert.equal(b.leads(), true);
    b.stop.abort();
    await b.done;
  });

  it('does not trust a monotonic clock that stood still while the machine was suspended', async () => {
    const { world, join } = setup();
    const a = join('a');
    await world.runFor(seconds(5));
    a.state.stopped = true;
    await world.runFor(seconds(60));
    a.state.monotonicLost = 60_000;
    assert.equal(a.elector.mayWrite(), false);
    a.resume();
    await world.settle();
    assert.equal(await a.done, 'lost');
  });

  it('does not trust a wall clock that was set back while the process was stopped', async () => {
    const { world, join } = setup();
    const a = join('a');
    await world.runFor(seconds(5));
    a.state.stopped = true;
    await world.runFor(seconds(60));
    a.state.wallSkew = -3_600_000;
    assert.equal(a.elector.mayWrite(), false);
    a.resume();
    assert.equal(await a.done, 'lost');
  });

  it('the fenced cluster refuses every write after the loss, impersonated ones too, and still reads', async () => {
    const world = createVirtualClock(instant(1_800_000_000_000));
    const sim = createSimCluster({ clock: world, crds: [] }).as({ name: 'controller', groups: ['system:masters'] });
    let may = true;
    const fenced = fencedCluster(sim, () => may);
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' }, data: { x: 'y' } };
    const ref = { namespace: 'default', name: 'a' };
    const created = await fenced.create(CONFIG_MAP, object);
    may = false;
    const asUser = fenced.impersonate('someone', []);
    const writes = [
      () => fenced.create(CONFIG_MAP, configMap('b', 1)),
      () => fenced.update(CONFIG_MAP, created),
      () => fenced.apply(CONFIG_MAP, object, { fieldManager: 'sluice' }),
      () => fenced.patch(CONFIG_MAP, ref, { type: 'merge', body: { data: { x: 'z' } } }),
      () => fenced.remove(CONFIG_MAP, ref),
      () => asUser.remove(CONFIG_MAP, ref),
    ];
    for (const write of writes) await assert.rejects(write(), (error: unknown) => isSluiceError(error, 'invariant'));
    assert.equal((await fenced.get(CONFIG_MAP, ref))?.metadata.resourceVersion, created.metadata.resourceVersion);
  });

  it('a write under way is cut off when leadership is lost, but not when its caller only stops', async () => {
    const lost = new AbortController();
    let given: AbortSignal | undefined;
    const sim = createSimCluster({ clock: createVirtualClock(instant(0)), crds: [] }).as({ name: 'controller', groups: [] });
    const update: Cluster['update'] = (_kind, object, options) => {
      given = options?.signal;
      return Promise.resolve(object);
    };
    const fenced = fencedCluster({ ...sim, update }, () => true, lost.signal);
    const caller = new AbortController();
    await fenced.update(CONFIG_MAP, configMap('a', 1), { signal: caller.signal });
    caller.abort();
    assert.equal(given?.aborted, false);
    lost.abort();
    assert.equal(given?.aborted, true);
    await assert.rejects(fenced.update(CONFIG_MAP, configMap('a', 1)), (error: unknown) => isSluiceError(error, 'invariant'));
  });
});
