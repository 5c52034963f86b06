import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ANALYSIS_RUN, CONFIG_MAP, ENDPOINT_SLICE, POD, REPLICA_SET, ROLLOUT, SERVICE } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/metadata.ts';
import { parseRollout } from '../../../src/api/parse.ts';
import type { Rollout } from '../../../src/api/rollout.ts';
import { instant } from '../../../src/api/time.ts';
import { createRandom } from '../../../src/sim/clock/random.ts';
import { formatViolations } from '../../../src/sim/invariants/format-violations.ts';
import { countsOf, hashOf } from '../../../src/sim/invariants/world-view.ts';
import { controllerUid } from '../../../src/sim/world/replica-set-controller.ts';
import { imageOf } from '../pods/behaviour.ts';
import { tellLab } from '../run/control-api.ts';
import { inSeconds } from './support/breach-and-restore.ts';
import { isSettled } from './support/is-settled.ts';
import { judgeHistory } from './support/judge-history.ts';
import { type KeptController, keepController } from './support/keep-controller.ts';
import { type Fate, fileOfMany, imageOfMany, type ManyService, manyFiles, manyServices, REPLICAS } from './support/many.ts';
import { NAMESPACE, type Release } from './support/shop.ts';
import { createShopStage, type ShopStage } from './support/shop-stage.ts';
import { tellHistory } from './support/tell-history.ts';
import { theLab } from './support/the-lab.ts';
import { until } from './support/until.ts';
import { type Booked, followHistory, type HistoryFollower } from './support/written-history.ts';

const SEED = Number(process.env['SLUICE_SEED'] ?? Date.now() % 100_000);
const CHECKOUT: Release = { tag: '1', errorRate: 0, paymentTimeout: '2s' };
const KILLS = 2;
const FOLLOWED = [ROLLOUT, REPLICA_SET, POD, SERVICE, ENDPOINT_SLICE, ANALYSIS_RUN, CONFIG_MAP];

describe('fifty releases in one commit, with the API server killed on the way', () => {
  const services = manyServices(50);
  const withFate = (fate: Fate): readonly ManyService[] => services.filter((service) => service.fate === fate);
  let stage: ShopStage;
  let controller: KeptController;
  let follower: HistoryFollower;

  const rollouts = async (): Promise<ReadonlyMap<string, Rollout>> => {
    const { items } = await stage.admin.cluster.list(ROLLOUT, { namespace: NAMESPACE });
    return new Map(items.map(parseRollout).flatMap((parsed) => (parsed.ok ? [[parsed.value.metadata.name, parsed.value]] : [])));
  };
  /** Those that are not as told, with what they say instead. */
  const laggards = async (holds: (service: ManyService, rollout: Rollout) => boolean): Promise<readonly string[]> => {
    // While the API server is away nothing is known of any of them.
    const now = await rollouts().catch(() => new Map<string, Rollout>());
    return services.flatMap((service) => {
      const rollout = now.get(service.name);
      return rollout !== undefined && holds(service, rollout) ? [] : [`${service.name}: ${rollout?.status?.message ?? 'not there'}`];
    });
  };
  const untilAll = (what: string, holds: (service: ManyService, rollout: Rollout) => boolean, seconds: number): Promise<unknown> =>
    until(
      what,
      async () => {
        await delay(500);
        return (await laggards(holds)).length === 0 ? true : undefined;
      },
      seconds,
      () => laggards(holds),
    );
  const isAt = (service: ManyService, rollout: Rollout, tag: string): boolean =>
    isSettled(rollout) && JSON.stringify(rollout.spec.template).includes(`"${imageOfMany(service, tag)}"`);

  before(async () => {
    stage = await createShopStage(theLab(), 'many', CHECKOUT);
    follower = followHistory(stage.admin.cluster, NAMESPACE, FOLLOWED);
    controller = keepController(stage.lab, stage.installation.kubeconfig, 'controller-many');
  });
  after(async () => {
    await follower.stop();
    await stage.close();
    await controller.stop();
  });

  it('all of them become healthy', async () => {
    await stage.remote.push('fifty services', manyFiles(services, '1'));
    await untilAll('all of them are healthy', (service, rollout) => isAt(service, rollout, '1'), 120);
  });

  it('the good ones are promoted, the bad ones are taken back, out of Git where that is wanted', async (test) => {
    test.diagnostic(`seed ${SEED}`);
    const random = createRandom(SEED);
    const began = performance.now();
    await stage.remote.push('fifty new versions', manyFiles(services, '2'));
    for (let kill = 0; kill < KILLS; kill += 1) {
      await delay(3000 + random() * 12_000);
      await tellLab(stage.lab, { do: 'stop', part: 'apiserver', signal: 'SIGKILL' });
      await tellLab(stage.lab, { do: 'start', part: 'apiserver' });
    }
    const isOver = (service: ManyService, rollout: Rollout): boolean => {
      const { status } = rollout;
      if (service.fate === 'Promoted') return isAt(service, rollout, '2');
      if (service.fate === 'Restored') return isAt(service, rollout, '1') && status?.rollback?.state === 'Applied';
      return status?.phase === 'Degraded' && status.abort === true && status.updatedReplicas === 0;
    };
    await untilAll('all of them have come to their end', isOver, 240);
    test.diagnostic(
      `${services.length} releases over ${inSeconds(performance.now() - began)} after the push; the controller ended ${controller.restarts()} times by itself`,
    );
  });

  it('one restore commit was made for each that asked for one, and Git says what runs', async () => {
    const restores = (await stage.remote.log()).filter(({ message }) => message.includes('Sluice-Revert-Id:'));
    const named = withFate('Restored').map(({ name }) => restores.filter(({ message }) => message.includes(name)).length);
    assert.deepEqual(
      named,
      withFate('Restored').map(() => 1),
      restores.map(({ message }) => message.split('\n')[0]).join('\n'),
    );
    assert.equal(restores.length, withFate('Restored').length);
    for (const service of services) {
      const text = await stage.remote.read('main', fileOfMany(service));
      assert.ok(text.includes(imageOfMany(service, service.fate === 'Restored' ? '1' : '2')), `${service.name} in Git: ${text}`);
    }
  });

  it('there is one ReplicaSet a revision, and only pods of the revision that serves', async () => {
    const now = await rollouts();
    const { items: sets } = await stage.admin.cluster.list(REPLICA_SET, { namespace: NAMESPACE });
    const { items: pods } = await stage.admin.cluster.list(POD, { namespace: NAMESPACE });
    for (const service of services) {
      const rollout = now.get(service.name);
      assert.ok(rollout);
      const own = sets.filter((set) => controllerUid(set) === rollout.metadata.uid);
      const hashes = own.map(hashOf);
      assert.equal(new Set(hashes).size, hashes.length, `${service.name} has two ReplicaSets of one revision: ${hashes.join(', ')}`);
      assert.equal(own.length, 2, `${service.name} has ${hashes.join(', ')}`);
      const sizes = own.map((set): readonly [boolean, number] => [hashOf(set) === rollout.status?.stableRS, countsOf(set).spec]);
      assert.deepEqual(Object.fromEntries(sizes), { true: REPLICAS, false: 0 }, service.name);
      const serving = imageOfMany(service, service.fate === 'Promoted' ? '2' : '1');
      const isLeaving = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp !== undefined;
      const images = pods.filter((pod) => pod.metadata.labels?.['app'] === service.name && !isLeaving(pod)).map(imageOf);
      assert.deepEqual(
        images,
        Array.from({ length: REPLICAS }, () => serving),
        service.name,
      );
    }
  });

  it('what was written on the way keeps the rules that the simulator checks', async (test) => {
    const history = await follower.stop();
    const commits = await stage.remote.log();
    const { violations, misled, byController, unjudged } = judgeHistory(history, commits);
    test.diagnostic(
      `${history.entries.length} versions, ${byController} by the controller, ${unjudged} beside a broken watch; Kubernetes' counts misled ${misled.length} times`,
    );
    const [first] = violations;
    const told = first === undefined ? [] : ['', ...tellHistory(history.entries, first)];
    assert.equal([formatViolations(violations, history.entries[0]?.at ?? instant(0)), ...told].join('\n'), '');
    assert.ok(byController > 500, `only ${byController} writes of the controller were told apart`);
    // The same history with larger ReplicaSets breaks them.
    const grown = judgeHistory({ ...history, entries: history.entries.map(tooLarge) }, commits).violations;
    assert.ok(grown.some(({ invariant }) => invariant === 'S4'));
  });
});

function tooLarge(entry: Booked): Booked {
  if (entry.kind !== REPLICA_SET || countsOf(entry.object).spec === 0) return entry;
  return { ...entry, object: { ...entry.object, spec: { ...Object(entry.object['spec']), replicas: 2 * REPLICAS } } };
}
