import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP, CUSTOM_RESOURCE_DEFINITION, NAMESPACE } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { instant, millis } from '../../src/api/time.ts';
import { createCacheSet } from '../../src/controllers/runtime/cache-set.ts';
import { createRouterCaches } from '../../src/controllers/runtime/router-caches.ts';
import { withServedVersions } from '../../src/kube/served-versions.ts';
import type { ResourceKind } from '../../src/ports/cluster.ts';
import { createRandom } from '../../src/sim/clock/random.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createSimCluster, type Fault, type SimRequest } from '../../src/sim/cluster/sim-cluster.ts';
import { quietLog } from '../kube/quiet-log.ts';

const ROUTE: ResourceKind = {
  group: 'networking.istio.io',
  version: 'v1',
  kind: 'VirtualService',
  plural: 'virtualservices',
  namespaced: true,
};

function crd(version: string): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'virtualservices.networking.istio.io' },
    spec: {
      group: ROUTE.group,
      scope: 'Namespaced',
      names: { kind: ROUTE.kind, plural: ROUTE.plural, singular: 'virtualservice', listKind: 'VirtualServiceList' },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}

const FORBIDDEN: Fault = { kind: 'fail', status: 403, reason: 'Forbidden', message: 'not allowed', applied: false };
const BROKEN: Fault = { kind: 'fail', status: 500, reason: 'InternalError', message: 'broken', applied: false };

async function setup(namespaces: readonly string[] = []) {
  const clock = createVirtualClock(instant(1_800_000_000_000));
  const sim = createSimCluster({ clock, crds: [] });
  const cluster = withServedVersions(sim.as({ name: 'controller', groups: ['system:masters'] }));
  for (const name of ['shop', 'pay']) await cluster.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const options = { cluster, clock, random: createRandom(3), log: quietLog(), namespaces };
  const set = createCacheSet(options);
  const cache = set.addOnDemand<KubeObject>({ kind: CONFIG_MAP, parse: (object) => object });
  const asked: string[] = [];
  let fault: (request: SimRequest) => Fault | undefined = () => undefined;
  sim.onRequest((request) => {
    if (request.verb === 'list' || request.verb === 'watch') asked.push(`${request.verb} ${request.namespace ?? '*'}`);
    return fault(request);
  });
  const stop = new AbortController();
  const map = (namespace: string, name: string) =>
    cluster.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data: {} });
  const seconds = (count: number) => clock.runFor(millis(count * 1000));
  return {
    clock,
    cluster,
    options,
    set,
    cache,
    asked,
    stop,
    map,
    seconds,
    failing: (next: typeof fault) => {
      fault = next;
    },
  };
}

const names = (objects: readonly KubeObject[]): readonly string[] =>
  objects.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).toSorted();

describe('a cache that is filled on demand', () => {
  it('asks for nothing before somebody needs it, and only once then', async () => {
    const { set, cache, asked, stop, seconds, map } = await setup();
    await map('shop', 'a');
    const done = set.run(stop.signal);
    await seconds(60);
    assert.deepEqual([asked.length, set.hasSynced(), cache.look()], [0, true, { state: 'Loading', late: false }]);
    cache.need();
    cache.need();
    assert.equal(set.hasSynced(), false, 'what is needed everywhere is waited for');
    await seconds(1);
    assert.deepEqual([cache.look().state, set.hasSynced(), names(cache.store.list())], ['Read', true, ['shop/a']]);
    assert.deepEqual(asked, ['list *', 'watch *']);
    stop.abort();
    await done;
  });

  it('follows what was needed before the set ran, in each of the namespaces of the installation', async () => {
    const { set, cache, asked, stop, seconds, map } = await setup(['shop', 'pay']);
    await map('shop', 'a');
    await map('pay', 'b');
    cache.need();
    const done = set.run(stop.signal);
    await seconds(1);
    assert.deepEqual(asked.toSorted(), ['list pay', 'list shop', 'watch pay', 'watch shop']);
    assert.deepEqual(names(cache.store.list()), ['pay/b', 'shop/a']);
    assert.equal(cache.store.get('pay/b')?.metadata.name, 'b');
    stop.abort();
    await done;
  });

  it('follows single namespaces, and stops and forgets when one is dropped', async () => {
    const { set, cache, asked, stop, seconds, map } = await setup();
    const changes: string[] = [];
    cache.onChange(({ key }) => changes.push(key));
    const done = set.run(stop.signal);
    cache.need('shop');
    cache.need('pay');
    assert.equal(set.hasSynced(), true, 'nobody waits for a namespace');
    await seconds(1);
    await map('shop', 'a');
    await map('pay', 'b');
    await seconds(1);
    assert.deepEqual(
      [changes.toSorted(), names(cache.store.list())],
      [
        ['pay/b', 'shop/a'],
        ['pay/b', 'shop/a'],
      ],
    );
    cache.drop('shop');
    await map('shop', 'c');
    await seconds(3600);
    assert.deepEqual(
      [changes.length, names(cache.store.list()), cache.storeIn('shop'), cache.look('shop').state],
      [2, ['pay/b'], undefined, 'Loading'],
    );
    const before = asked.filter((one) => one.endsWith('shop')).length;
    assert.equal(before, 2, 'one list and one watch, and none once it is dropped');
    cache.need('shop');
    await seconds(1);
    assert.deepEqual(names(cache.store.list()), ['pay/b', 'shop/a', 'shop/c']);
    stop.abort();
    await done;
  });

  it('says that it is refused, that it fails, and that nobody answers, each until it is over', async () => {
    const { set, cache, stop, seconds, failing } = await setup();
    const told: string[] = [];
    cache.onLook((namespace) => told.push(cache.look(namespace).state));
    failing((request) => (request.kind === CONFIG_MAP ? BROKEN : undefined));
    const done = set.run(stop.signal);
    cache.need();
    await seconds(1);
    const failure = cache.look();
    assert.deepEqual([failure.state, 'late' in failure && failure.late, set.hasSynced()], ['Failing', false, true]);
    await seconds(10);
    const late = cache.look();
    assert.ok('late' in late && late.late);
    failing((request) => (request.kind === CONFIG_MAP ? FORBIDDEN : undefined));
    await seconds(60);
    const refused = cache.look();
    assert.ok(refused.state === 'Refused' && refused.by === 'List' && !refused.held);
    assert.match(refused.message, /not allowed/u);
    failing(() => undefined);
    await seconds(60);
    assert.equal(cache.look().state, 'Read');
    assert.deepEqual(told, ['Failing', 'Failing', 'Refused', 'Read'], 'news only');
    stop.abort();
    await done;
  });

  it('keeps what it holds while a watch is refused, and is well again once a watch lasts', async () => {
    const { set, cache, stop, seconds, map, failing } = await setup();
    await map('shop', 'a');
    const done = set.run(stop.signal);
    cache.need();
    await seconds(1);
    failing((request) => (request.verb === 'watch' ? FORBIDDEN : undefined));
    await seconds(900);
    const refused = cache.look();
    assert.ok(refused.state === 'Refused' && refused.by === 'Watch' && refused.held);
    assert.deepEqual(names(cache.store.list()), ['shop/a']);
    failing(() => undefined);
    await seconds(45);
    assert.equal(cache.look().state, 'Read');
    stop.abort();
    await done;
  });
});

describe('the caches of routers', () => {
  it('say that a kind is missing until its definition is installed, and again when it goes, without a restart', async () => {
    const { cluster, options, stop, seconds } = await setup();
    const caches = createRouterCaches(options);
    const told: string[] = [];
    caches.onAvailability((kind) => told.push(caches.availability(kind)));
    const done = caches.run(stop.signal);
    assert.deepEqual([caches.availability(ROUTE), caches.isFirstLook(ROUTE), caches.storeOf(ROUTE)], ['Syncing', true, undefined]);
    caches.want(ROUTE);
    caches.want(ROUTE);
    await seconds(1);
    assert.deepEqual([caches.availability(ROUTE), caches.isFirstLook(ROUTE)], ['Missing', false]);
    await cluster.create(CUSTOM_RESOURCE_DEFINITION, crd('v1'));
    await seconds(40);
    assert.deepEqual([caches.availability(ROUTE), caches.storeOf(ROUTE)?.list()], ['Served', []]);
    await cluster.remove(CUSTOM_RESOURCE_DEFINITION, { name: 'virtualservices.networking.istio.io' });
    await seconds(900);
    assert.equal(caches.availability(ROUTE), 'Missing');
    assert.deepEqual(told, ['Missing', 'Served', 'Missing']);
    stop.abort();
    await done;
  });

  it('follow a kind in the version that the cluster serves', async () => {
    const { cluster, options, stop, seconds } = await setup();
    await cluster.create(CUSTOM_RESOURCE_DEFINITION, crd('v1beta1'));
    const caches = createRouterCaches(options);
    const changes: string[] = [];
    caches.onChange((kind, { key }) => changes.push(`${kind.kind} ${key}`));
    caches.want(ROUTE);
    const done = caches.run(stop.signal);
    await seconds(1);
    assert.equal(caches.availability(ROUTE), 'Served');
    await cluster.create(ROUTE, { apiVersion: 'networking.istio.io/v1', kind: ROUTE.kind, metadata: { namespace: 'shop', name: 'web' } });
    await seconds(1);
    assert.deepEqual(changes, ['VirtualService shop/web']);
    assert.equal(caches.storeOf(ROUTE)?.get('shop/web')?.apiVersion, 'networking.istio.io/v1beta1');
    stop.abort();
    await done;
  });

  it('call a kind served that may not be watched for a moment, and missing that may not be listed', async () => {
    const { cluster, options, stop, seconds, failing } = await setup();
    await cluster.create(CUSTOM_RESOURCE_DEFINITION, crd('v1'));
    const caches = createRouterCaches(options);
    caches.want(ROUTE);
    const done = caches.run(stop.signal);
    await seconds(1);
    failing((request) => (request.verb === 'watch' ? FORBIDDEN : undefined));
    await seconds(1200);
    assert.equal(caches.availability(ROUTE), 'Served');
    failing((request) => (request.kind.kind === ROUTE.kind ? FORBIDDEN : undefined));
    await seconds(3600);
    assert.equal(caches.availability(ROUTE), 'Missing');
    stop.abort();
    await done;
  });
});
