import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ENDPOINT_SLICE, HTTP_ROUTE, POD, REPLICA_SET, SERVICE } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { DataPlaneView } from '../../src/sim/invariants/traffic/traffic-invariant.ts';
import type { AppliedRoute } from '../../src/sim/router/applied-config.ts';
import { createLedger, type Ledger, midCanary, ownedSet, podOf, type RolloutParts, serviceTo } from './ledger.ts';

const ROUTED = { trafficRouting: { gatewayAPI: { httpRoute: 'web' }, managedRoutes: [{ name: 'testers' }] } };

function assertFound(found: readonly string[], pattern: RegExp): void {
  assert.ok(
    found.some((line) => pattern.test(line)),
    `${pattern} is not among:\n${found.join('\n')}`,
  );
}

interface RouteParts {
  readonly version?: number;
  readonly more?: readonly Record<string, unknown>[];
  readonly search?: Record<string, unknown>;
}

function route(stable: number, canary: number, parts: RouteParts = {}): KubeObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web', namespace: 'shop', resourceVersion: String(parts.version ?? 1) },
    spec: {
      rules: [
        { name: 'search', backendRefs: [{ name: 'search', weight: 1 }], ...parts.search },
        ...(parts.more ?? []),
        {
          name: 'shop',
          backendRefs: [
            { name: 'web-stable', weight: stable },
            { name: 'web-canary', weight: canary },
          ],
        },
      ],
    },
  };
}

function slice(service: string, hash: string, ready: boolean): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-1`, namespace: 'shop', labels: { 'kubernetes.io/service-name': service } },
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready }, targetRef: { kind: 'Pod', name: `web-${hash}-1` } }],
  };
}

/** Mid-canary with both Services and their endpoints, and the route as its owner wrote it. */
function routedLedger(parts: RolloutParts = {}, options: Parameters<typeof midCanary>[0] = {}): Ledger {
  const ledger = midCanary(options, { canary: ROUTED, ...parts });
  ledger.write(REPLICA_SET, ownedSet('old', 4), 'world');
  ledger.write(ENDPOINT_SLICE, slice('web-stable', 'old', true), 'world');
  ledger.write(ENDPOINT_SLICE, slice('web-canary', 'new', true), 'world');
  ledger.write(HTTP_ROUTE, route(100, 0), 'jane');
  return ledger;
}

describe('the rules of what is written to routes', () => {
  it('let weights, header routes and the first weights of a plain rule be written', () => {
    const ledger = routedLedger();
    ledger.write(HTTP_ROUTE, route(75, 25));
    ledger.write(HTTP_ROUTE, route(75, 25, { more: [{ name: 'testers', backendRefs: [{ name: 'web-canary', weight: 1 }] }] }));
    ledger.write(HTTP_ROUTE, route(75, 25));
    assert.deepEqual(ledger.found(), []);
  });

  it('find weights that do not add up (S1)', () => {
    const ledger = routedLedger();
    ledger.write(HTTP_ROUTE, route(90, 5));
    assertFound(ledger.found(), /^S1 shop\/web: the weights of a rule add up to 95 where 100 is the whole/);
  });

  it('find a rule of others that was changed, and one that was lost (S1)', () => {
    const changed = routedLedger();
    changed.write(HTTP_ROUTE, route(75, 25, { search: { backendRefs: [{ name: 'search', weight: 0 }] } }));
    assertFound(changed.found(), /^S1 shop\/web: rule search was changed beside its weights/);
    const lost = routedLedger();
    const { spec, ...object } = route(75, 25);
    lost.write(HTTP_ROUTE, { ...object, spec: { rules: (spec as { rules: unknown[] }).rules.slice(1) } });
    assertFound(lost.found(), /^S1 shop\/web: 2 rules of others became 1/);
  });

  it('find weight for a side without ready endpoints of its revision while the other has some (S2)', () => {
    const ledger = routedLedger();
    ledger.write(ENDPOINT_SLICE, slice('web-canary', 'old', true), 'world');
    ledger.write(HTTP_ROUTE, route(80, 20));
    assertFound(ledger.found(), /^S2 shop\/web: web-canary gets weight 20 and has no ready endpoint/);
  });

  it('find a header route that leads to nobody (S2)', () => {
    const ledger = routedLedger();
    ledger.write(ENDPOINT_SLICE, slice('web-canary', 'new', false), 'world');
    ledger.write(HTTP_ROUTE, route(100, 0, { more: [{ name: 'testers', backendRefs: [{ name: 'web-canary', weight: 1 }] }] }));
    assertFound(ledger.found(), /^S2 shop\/web: web-canary gets weight 1 and has no ready endpoint/);
  });

  it('find weight that rises for an aborted revision, unless it is retried (S11)', () => {
    const ledger = routedLedger({ status: { abort: true } });
    ledger.write(HTTP_ROUTE, route(90, 10));
    assertFound(ledger.found(), /^S11 shop\/web: web-canary, which selects an aborted revision, gets weight 10/);
    const retried = routedLedger({ status: { abort: true }, annotations: { 'sluice.dev/request': 'retry:new@1' } });
    retried.write(HTTP_ROUTE, route(90, 10));
    assert.deepEqual(retried.found(), []);
  });

  it('say nothing of a route that no Rollout names, and of what others write', () => {
    const ledger = createLedger();
    ledger.write(HTTP_ROUTE, route(90, 5));
    assert.deepEqual(ledger.found(), []);
    const byHand = routedLedger();
    byHand.write(HTTP_ROUTE, route(90, 5), 'jane');
    assert.deepEqual(byHand.found(), []);
  });
});

interface FakePlane extends DataPlaneView {
  apply(object: KubeObject): void;
  send(object: KubeObject): void;
}

/** A data plane that goes over to a route when it is told to. */
function fakePlane(): FakePlane {
  const id = 'HTTPRoute/shop/web';
  const listeners: Parameters<DataPlaneView['onApplied']>[0][] = [];
  let applied: AppliedRoute | undefined;
  let sent: AppliedRoute[] = [];
  const read = (object: KubeObject): AppliedRoute => ({
    version: Number(object.metadata.resourceVersion),
    rules: (object['spec'] as { rules: { name: string; backendRefs: { name: string; weight: number }[] }[] }).rules.map((rule) => ({
      name: rule.name,
      backends: rule.backendRefs.map(({ name, weight }) => ({ service: name, weight })),
    })),
  });
  return {
    possible: () => new Map([[id, [...(applied === undefined ? [] : [applied]), ...sent]]]),
    appliedWeights: () => applied,
    onApplied: (listener) => void listeners.push(listener),
    send: (object) => void sent.push(read(object)),
    apply: (object) => {
      const before = applied;
      sent = [];
      applied = read(object);
      for (const listener of listeners) listener(id, before, applied);
    },
  };
}

function traffic(parts: RolloutParts = {}): { readonly ledger: Ledger; readonly plane: FakePlane } {
  const plane = fakePlane();
  const ledger = routedLedger(parts, { dataPlane: plane });
  ledger.write(REPLICA_SET, ownedSet('old', 4), 'world');
  plane.apply(route(100, 0));
  return { ledger, plane };
}

describe('the rules of the traffic that a data plane serves', () => {
  it('find a share that rises onto too few pods, as the controller wrote it (S3)', () => {
    const { ledger, plane } = traffic({ replicas: 4, canary: { ...ROUTED, maxUnavailable: 0 } });
    ledger.write(HTTP_ROUTE, route(50, 50, { version: 2 }));
    plane.apply(route(50, 50, { version: 2 }));
    assertFound(
      ledger.found(),
      /^S3 shop\/web: web-canary gets 50 % of HTTPRoute\/shop\/web in the data plane with 1 ready pods where 2 are needed/,
    );
  });

  it('blame nobody for weights of others, and for pods that left by themselves', () => {
    const { ledger, plane } = traffic({ canary: { ...ROUTED, maxUnavailable: 0 } });
    ledger.write(HTTP_ROUTE, route(50, 50, { version: 2 }), 'jane');
    plane.apply(route(50, 50, { version: 2 }));
    assert.deepEqual(ledger.found(), []);
    const other = traffic({ canary: { ...ROUTED, maxUnavailable: 0 } });
    other.ledger.write(HTTP_ROUTE, route(75, 25, { version: 2 }));
    other.ledger.write(POD, podOf('new', 1, false), 'world');
    other.plane.apply(route(75, 25, { version: 2 }));
    assert.deepEqual(other.ledger.found(), []);
  });

  it('find pods that are taken away while their share may still be served (S5)', () => {
    const { ledger, plane } = traffic();
    plane.apply(route(75, 25));
    ledger.write(HTTP_ROUTE, route(100, 0, { version: 2 }));
    plane.send(route(100, 0, { version: 2 }));
    ledger.write(REPLICA_SET, ownedSet('new', 0, 1));
    assertFound(ledger.found(), /^S5 shop\/web: web-new 1 -> 0 while the data plane may send 25 % to it: 1 pods are needed/);
  });

  it('find pods that are taken away while a higher share is on its way (S5)', () => {
    const { ledger, plane } = traffic();
    plane.send(route(75, 25));
    ledger.write(REPLICA_SET, ownedSet('new', 0, 1));
    assertFound(ledger.found(), /^S5 shop\/web: web-new 1 -> 0 while the data plane may send 25 % to it/);
  });

  it('let pods go once the data plane sends nothing to them', () => {
    const { ledger, plane } = traffic();
    plane.apply(route(75, 25));
    plane.apply(route(100, 0, { version: 2 }));
    ledger.write(REPLICA_SET, ownedSet('new', 0, 1));
    assert.deepEqual(ledger.found(), []);
  });

  it('find a Service with traffic that is pointed at too few pods (S5)', () => {
    const { ledger, plane } = traffic({ canary: { ...ROUTED, maxUnavailable: 0 } });
    plane.apply(route(50, 50));
    ledger.write(SERVICE, serviceTo('web-canary', 'older'));
    assertFound(
      ledger.found(),
      /^S5 shop\/web: web-canary carries up to 50 % of the traffic and is pointed at 0 ready pods where 1 are needed/,
    );
  });

  it('find a share that lost its last endpoint to a scale-down (S2)', () => {
    const { ledger, plane } = traffic();
    plane.apply(route(75, 25));
    ledger.write(REPLICA_SET, ownedSet('new', 0, 0), 'world');
    ledger.write(ENDPOINT_SLICE, slice('web-canary', 'new', false), 'world');
    assertFound(ledger.found(), /^S2 shop\/web: web-canary gets 25 % of the traffic and lost its last ready endpoint/);
  });
});

describe('the bound on pods of a routed rollout', () => {
  it('lets the new revision have its pods beside a full stable one', () => {
    const ledger = routedLedger();
    ledger.write(REPLICA_SET, ownedSet('new', 4, 1));
    assert.deepEqual(ledger.found(), []);
  });

  it('finds a revision beyond replicas and what its steps pin, and a former one that grows (S4)', () => {
    const ledger = routedLedger();
    ledger.write(REPLICA_SET, ownedSet('new', 5, 1));
    assertFound(ledger.found(), /^S4 shop\/web: web-new 1 -> 5 is more than 4 replicas/);
    const pinned = routedLedger({ steps: [{ setCanaryScale: { replicas: 6 } }] });
    pinned.write(REPLICA_SET, ownedSet('new', 6, 1));
    assert.deepEqual(pinned.found(), []);
    const former = routedLedger();
    former.write(REPLICA_SET, ownedSet('older', 1, 1), 'world');
    former.write(REPLICA_SET, ownedSet('older', 2, 1));
    assertFound(former.found(), /^S4 shop\/web: web-older 1 -> 2 grows a revision that is neither stable nor under test/);
  });
});
