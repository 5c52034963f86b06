import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from '../../src/api/metadata.ts';
import { deepEqual } from '../../src/core/identity/deep-equal.ts';
import type { RoutedRollout, RouterObjects, TrafficIntent, WrittenTraffic } from '../../src/ports/traffic-router.ts';
import { hostileObjects } from './hostile-objects.ts';
import { ownersPart } from './owners-part.ts';
import type { RouterFixture } from './router-fixture.ts';
import { plainWorld, type RouterWorld, type StartWorld } from './router-world.ts';

const MAX_WRITES = 4;
const HOSTILE_RUNS = 300;

interface Stage {
  readonly world: RouterWorld;
  readonly rollout: RoutedRollout;
  /** Writes the intent until nothing is left to write; returns the number of writes. */
  readonly route: (intent: TrafficIntent) => Promise<number>;
  readonly written: () => WrittenTraffic;
  readonly all: () => readonly KubeObject[];
}

/** What every traffic router promises, checked against one fixture in one kind of world. */
export function describeRouterContract<Config>(fixture: RouterFixture<Config>, where: string, startWorld: StartWorld): void {
  const { router, config, headerRoutes, mirrorRoutes } = fixture;
  const { maxWeight, managedRoutes } = fixture.rollout;
  const intent = (weight: number, more: Partial<TrafficIntent> = {}): TrafficIntent => ({
    ...fixture.sides,
    weight,
    maxWeight,
    headerRoutes: [],
    mirrorRoutes: [],
    ...more,
  });
  const everything = intent(Math.floor(maxWeight / 4), { headerRoutes, mirrorRoutes });

  const start = async (objects: readonly KubeObject[] = fixture.objects): Promise<Stage> => {
    const world = await startWorld(fixture.rollout, fixture.crds);
    const rollout = { ...fixture.rollout, uid: world.uid };
    for (const object of objects) await world.put(object);
    const written = (): WrittenTraffic => {
      const { state } = router.read(config, rollout, world.read());
      if (!state.ok) return assert.fail(`${state.reason}: ${state.message}`);
      return state.written;
    };
    return {
      world,
      rollout,
      written,
      all: world.all,
      route: async (wanted) => {
        const writes = router.write(config, rollout, world.read(), wanted);
        for (const write of writes) await world.apply(write);
        return writes.length;
      },
    };
  };

  describe(`${fixture.title} on ${where}`, () => {
    it('reads what the owners wrote', async () => {
      const stage = await start();
      assert.deepEqual(stage.written(), { ...stage.written(), weight: fixture.initialWeight, headerRoutes: [], mirrorRoutes: [] });
    });

    it('writes every weight exactly, in every place, and leaves the rest byte for byte', async () => {
      const stage = await start();
      const foreign = JSON.stringify(fixture.foreignPartsOf(stage.all()));
      for (let weight = 0; weight <= maxWeight; weight += 1) {
        assert.ok((await stage.route(intent(weight))) <= MAX_WRITES);
        const shares = fixture.sharesIn(stage.all());
        assert.ok(shares.length > 0, 'the fixture finds the places');
        for (const share of shares) assert.deepEqual(share, { stable: maxWeight - weight, canary: weight });
        assert.equal(stage.written().weight, weight);
        assert.equal(JSON.stringify(fixture.foreignPartsOf(stage.all())), foreign, `weight ${weight}`);
        assert.deepEqual(router.write(config, stage.rollout, stage.world.read(), intent(weight)), [], `weight ${weight} is written once`);
      }
    });

    it('names every object that it reads or writes', async () => {
      const stage = await start();
      await stage.route(everything);
      const named = router.objects(config, stage.rollout).map(({ kind, name }) => `${kind.kind}/${name}`);
      const { objects } = router.read(config, stage.rollout, stage.world.read());
      assert.ok(objects.length > 0);
      for (const { kind, name, uid, resourceVersion } of objects) {
        assert.ok(named.includes(`${kind.kind}/${name}`), name);
        assert.ok(router.kinds.includes(kind), kind.kind);
        const held = stage.world.read().get(kind, name);
        assert.deepEqual([uid, resourceVersion], [held?.metadata.uid, held?.metadata.resourceVersion]);
      }
      for (const write of router.write(config, stage.rollout, stage.world.read(), intent(0))) {
        assert.ok(named.includes(`${write.kind.kind}/${write.type === 'delete' ? write.name : write.object.metadata.name}`));
      }
    });

    it('gives back the intent that was written, and writes it only once', async () => {
      const stage = await start();
      for (const wanted of [intent(0), everything, intent(maxWeight, { headerRoutes, mirrorRoutes }), intent(1), everything]) {
        await stage.route(wanted);
        const { weight, headerRoutes: headers, mirrorRoutes: mirrors } = stage.written();
        assert.deepEqual(
          { weight, headers, mirrors },
          { weight: wanted.weight, headers: wanted.headerRoutes, mirrors: wanted.mirrorRoutes },
        );
        assert.equal(await stage.route(wanted), 0);
      }
    });

    it('comes to the same objects whatever was written before', async () => {
      const fresh = await start();
      await fresh.route(everything);
      const expected = contentOf(fresh.all()).replaceAll(fresh.rollout.uid, 'owner');
      const used = await start();
      await used.route(intent(maxWeight, { mirrorRoutes }));
      await used.route(intent(0, { headerRoutes }));
      await used.route(everything);
      assert.equal(contentOf(used.all()).replaceAll(used.rollout.uid, 'owner'), expected);
    });

    if (headerRoutes.length + mirrorRoutes.length > 0) {
      it('makes managed routes in the order of managedRoutes, whichever came first, and removes them exactly', async () => {
        const stage = await start();
        await stage.route(intent(1));
        const before = contentOf(stage.all());
        await stage.route(intent(1, { headerRoutes: headerRoutes.slice(1), mirrorRoutes }));
        await stage.route(intent(1, { headerRoutes, mirrorRoutes }));
        const expected = managedRoutes.filter((name) => [...headerRoutes, ...mirrorRoutes].some((route) => route.name === name));
        assert.deepEqual(distinct(fixture.managedRoutesIn(stage.all())), expected);
        await stage.route(intent(1, { mirrorRoutes }));
        assert.deepEqual(
          distinct(fixture.managedRoutesIn(stage.all())),
          mirrorRoutes.map((route) => route.name),
        );
        await stage.route(intent(1));
        assert.equal(contentOf(stage.all()), before);
      });

      it('moves weights without touching managed routes, and the other way round', async () => {
        const stage = await start();
        await stage.route(intent(1, { headerRoutes, mirrorRoutes }));
        const foreign = JSON.stringify(fixture.foreignPartsOf(stage.all()));
        await stage.route(intent(2, { headerRoutes, mirrorRoutes }));
        assert.deepEqual(stage.written().headerRoutes, headerRoutes);
        assert.deepEqual(stage.written().mirrorRoutes, mirrorRoutes);
        const shares = fixture.sharesIn(stage.all());
        await stage.route(intent(2));
        assert.deepEqual(fixture.sharesIn(stage.all()), shares);
        assert.equal(JSON.stringify(fixture.foreignPartsOf(stage.all())), foreign);
      });
    }

    it('sees a weight that somebody changed by hand, and puts it right', async () => {
      const stage = await start();
      await stage.route(intent(1));
      const right = contentOf(stage.all());
      for (const object of fixture.changedByHand(stage.all())) await stage.world.put(object);
      assert.notEqual(contentOf(stage.all()), right, 'the fixture changes something');
      assert.notEqual(stage.written().weight, 1);
      assert.ok((await stage.route(intent(1))) > 0);
      assert.equal(contentOf(stage.all()), right);
    });

    it('leaves everything on stable and no trace of its own when it is released', async () => {
      const stage = await start();
      const foreign = JSON.stringify(fixture.foreignPartsOf(stage.all()));
      await stage.route(everything);
      for (const write of router.release(config, stage.rollout, stage.world.read())) await stage.world.apply(write);
      for (const share of fixture.sharesIn(stage.all())) assert.equal(share.canary, 0);
      assert.deepEqual(fixture.managedRoutesIn(stage.all()), []);
      assert.equal(JSON.stringify(fixture.foreignPartsOf(stage.all())), foreign);
      assert.deepEqual(router.release(config, stage.rollout, stage.world.read()), []);
    });

    it('writes nothing for a release when nothing of it is there', async () => {
      const stage = await start([]);
      assert.deepEqual(router.release(config, stage.rollout, stage.world.read()), []);
    });

    for (const { when, objects, reason, message } of fixture.troubles) {
      it(`says ${reason} when ${when}`, async () => {
        const stage = await start(objects);
        const read = stage.world.read();
        const reading = router.read(config, stage.rollout, read);
        assert.ok(!reading.state.ok, 'it can be used');
        assert.equal(reading.state.reason, reason);
        assert.match(reading.state.message, message);
        // A release writes what it can, and needs the versions of all that is there.
        const there = router.objects(config, stage.rollout).filter(({ kind, name }) => read.get(kind, name) !== undefined);
        assert.deepEqual(
          reading.objects.map(({ kind, name }) => ({ kind, name })),
          there,
        );
      });
    }

    for (const { when, objects, state, message } of fixture.acceptances) {
      it(`counts as ${state} when ${when}`, async () => {
        const stage = await start(objects);
        const { acceptance } = router.read(config, stage.rollout, stage.world.read());
        assert.equal(acceptance.state, state, acceptance.message);
        if (message !== undefined) assert.match(acceptance.message, message);
      });
    }

    for (const { when, planned, problem } of fixture.inexpressible) {
      it(`says before the release what it cannot express: ${when}`, async () => {
        const stage = await start();
        const names = [...planned.headerRoutes, ...planned.mirrorRoutes].map((route) => route.name);
        const asked = { ...stage.rollout, managedRoutes: distinct([...managedRoutes, ...names]), plannedRoutes: planned };
        const problems = router.problems?.(config, asked, stage.world.read()) ?? [];
        assert.match(problems.map((one) => `${one.field} ${one.value}: ${one.problem}; ${one.remedy}`).join('\n'), problem);
      });
    }

    it('has nothing against the routes of the fixture', async () => {
      const stage = await start();
      assert.deepEqual(router.problems?.(config, stage.rollout, stage.world.read()) ?? [], []);
    });
  });
}

/** What needs no API server: kinds that are not served, hostile objects, any order of intents. */
export function describeRouterProperties<Config>(fixture: RouterFixture<Config>): void {
  const { router, config, rollout, headerRoutes, mirrorRoutes } = fixture;

  describe(`${fixture.title}, whatever it is given`, () => {
    for (const [availability, reason] of [
      ['Missing', 'RouterMissing'],
      ['Syncing', 'RouterNotReady'],
    ] as const) {
      it(`says ${reason} while a kind is ${availability}, and writes nothing`, () => {
        const objects: RouterObjects = { get: () => undefined, availability: () => availability };
        const { state } = router.read(config, rollout, objects);
        assert.equal(state.ok ? 'ok' : state.reason, reason);
        assert.deepEqual(router.release(config, rollout, objects), []);
      });
    }

    it('reads and writes hostile objects without throwing, and never writes a share that is none', async () => {
      const intent = { ...fixture.sides, weight: 1, maxWeight: rollout.maxWeight };
      await fc.assert(
        fc.asyncProperty(hostileObjects(fixture.objects), async (objects) => {
          const world = plainWorld(rollout);
          for (const object of objects) await world.put(object);
          const reading = router.read(config, rollout, world.read());
          const problems = router.problems?.(config, rollout, world.read()) ?? [];
          router.release(config, rollout, world.read());
          if (!reading.state.ok) {
            assert.notEqual(reading.state.message, '');
            return;
          }
          // With such problems the only thing that is still written is an abort, without managed routes.
          const wanted =
            problems.length === 0 ? { ...intent, headerRoutes, mirrorRoutes } : { ...intent, headerRoutes: [], mirrorRoutes: [] };
          for (const write of router.write(config, rollout, world.read(), wanted)) await world.apply(write);
          const after = router.read(config, rollout, world.read());
          assert.ok(after.state.ok);
          assert.equal(after.state.written.weight, 1);
          for (const share of fixture.sharesIn(world.all())) {
            assert.deepEqual(share, { stable: rollout.maxWeight - 1, canary: 1 });
          }
        }),
        { numRuns: HOSTILE_RUNS },
      );
    });

    it('comes to the last intent by any way', async () => {
      const some = <T>(routes: readonly T[]): fc.Arbitrary<readonly T[]> => fc.subarray([...routes]);
      const intents = fc.record({
        weight: fc.integer({ min: 0, max: rollout.maxWeight }),
        headerRoutes: some(headerRoutes),
        mirrorRoutes: some(mirrorRoutes),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(intents, { minLength: 2, maxLength: 6 }), async (steps) => {
          const results: string[] = [];
          for (const way of [steps, steps.slice(-1)]) {
            const world = plainWorld(rollout);
            for (const object of fixture.objects) await world.put(object);
            for (const step of way) {
              const intent = { ...fixture.sides, maxWeight: rollout.maxWeight, ...step };
              for (const write of router.write(config, rollout, world.read(), intent)) await world.apply(write);
            }
            const { state } = router.read(config, rollout, world.read());
            const last = steps.at(-1);
            assert.ok(state.ok);
            assert.ok(
              deepEqual(
                [state.written.weight, state.written.headerRoutes, state.written.mirrorRoutes],
                [last?.weight, last?.headerRoutes, last?.mirrorRoutes],
              ),
            );
            results.push(contentOf(world.all()));
          }
          assert.equal(results[0], results[1]);
        }),
        { numRuns: 100 },
      );
    });
  });
}

function contentOf(objects: readonly KubeObject[]): string {
  return JSON.stringify(objects.map(ownersPart));
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
