import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createTrafficRouters } from '../../src/adapters/traffic/traffic-routers.ts';
import { GRPC_ROUTE, HTTP_PROXY, HTTP_ROUTE } from '../../src/api/kinds.ts';
import { parseRollout } from '../../src/api/parse.ts';
import type { Rollout } from '../../src/api/rollout.ts';
import { lintRollout } from '../../src/core/lint/lint-rollout.ts';
import { readGatewayApi } from '../../src/core/traffic/gateway-api-config.ts';
import { routedRollout } from '../../src/core/traffic/routed-rollout.ts';
import { parseManifests } from '../../src/sim/scenario/manifests.ts';

const routers = createTrafficRouters();

function rollout(canary: string): Rollout {
  const [object] = parseManifests(`
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop, uid: u1}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}
  strategy: {canary: {stableService: s, canaryService: c, ${canary}}}
`);
  assert.ok(object);
  const parsed = parseRollout(object);
  assert.ok(parsed.ok);
  return parsed.value;
}

describe('the traffic routers', () => {
  it('are those that the strategy names', () => {
    assert.deepEqual(routers.usedBy(rollout('steps: []')), []);
    const [use, ...others] = routers.usedBy(rollout('trafficRouting: {gatewayAPI: {httpRoute: web, grpcRoutes: [{name: api}]}}'));
    assert.deepEqual([use?.name, others], ['gatewayAPI', []]);
    assert.deepEqual(use?.objects, [
      { kind: HTTP_ROUTE, name: 'web' },
      { kind: GRPC_ROUTE, name: 'api' },
    ]);
  });

  it('know every kind that they may write', () => {
    assert.deepEqual(
      routers.kinds.map((kind) => kind.kind),
      ['HTTPRoute', 'GRPCRoute', 'VirtualService', 'DestinationRule', 'Ingress', 'TraefikService', 'HTTPProxy'],
    );
  });

  it('find the objects of each router that the strategy names, in one order', () => {
    const used = routers.usedBy(
      rollout(`trafficRouting: {
        contour: {httpProxies: [web, api]}, traefik: {weightedTraefikServiceName: web}, nginx: {stableIngresses: [web]},
        istio: {virtualService: {name: web}, destinationRule: {name: hosts, canarySubsetName: c, stableSubsetName: s}}}`),
    );
    assert.deepEqual(
      used.map(({ name, objects }) => [name, ...objects.map((object) => `${object.kind.kind}/${object.name}`)]),
      [
        ['istio', 'VirtualService/web', 'DestinationRule/hosts'],
        ['nginx', 'Ingress/web', 'Ingress/web-web-canary'],
        ['traefik', 'TraefikService/web'],
        ['contour', 'HTTPProxy/web', 'HTTPProxy/api'],
      ],
    );
  });

  it('take the configuration of the Contour plugin of Argo Rollouts as it is', () => {
    const [use] = routers.usedBy(rollout('trafficRouting: {plugins: {argoproj-labs/contour: {httpProxies: [web], namespace: shop}}}'));
    assert.deepEqual([use?.name, use?.objects], ['contour', [{ kind: HTTP_PROXY, name: 'web' }]]);
  });

  it('make a generated route under the name of the Rollout', () => {
    const [use] = routers.usedBy(rollout('trafficRouting: {gatewayAPI: {generate: {parentRefs: [{name: edge}], port: 80}}}'));
    assert.deepEqual(use?.objects, [{ kind: HTTP_ROUTE, name: 'web' }]);
  });

  it('take the configuration of the plugin of Argo Rollouts as it is', () => {
    const text = readFileSync(join(import.meta.dirname, '../api/good/argo-gateway-api.yaml'), 'utf8');
    const [object] = parseManifests(text);
    assert.ok(object);
    const parsed = parseRollout(object);
    assert.ok(parsed.ok);
    assert.deepEqual(readGatewayApi(parsed.value)?.config.routes, [
      { kind: 'HTTPRoute', name: 'argo-rollouts-http-route', rules: undefined, headerRoutes: true },
      { kind: 'GRPCRoute', name: 'argo-rollouts-grpc-route', rules: undefined, headerRoutes: true },
    ]);
    assert.deepEqual(lintRollout(parsed.value), []);
  });

  it('makes header routes in a list of the plugin only where it says so, and in a list of ours unless it says no', () => {
    const flags = (canary: string) => readGatewayApi(rollout(canary))?.config.routes.map((route) => route.headerRoutes);
    const list = 'httpRoutes: [{name: a}, {name: b, useHeaderRoutes: true}, {name: c, useHeaderRoutes: false}]';
    assert.deepEqual(flags(`trafficRouting: {plugins: {argoproj-labs/gatewayAPI: {${list}}}}`), [false, true, false]);
    assert.deepEqual(flags(`trafficRouting: {gatewayAPI: {${list}}}`), [true, true, false]);
  });

  it('keep to the namespace of the Rollout', () => {
    const problems = lintRollout(rollout('trafficRouting: {plugins: {argoproj-labs/gatewayAPI: {httpRoute: web, namespace: other}}}'));
    assert.match(
      problems.map((problem) => `${problem.field}: ${problem.problem}; ${problem.remedy}`).join(),
      /is not the namespace of the Rollout \(shop\).*remove it/,
    );
    assert.deepEqual(lintRollout(rollout('trafficRouting: {plugins: {argoproj-labs/gatewayAPI: {httpRoute: web, namespace: shop}}}')), []);
  });
});

describe('a Rollout for its routers', () => {
  it('plans what its steps make, and nothing for those that remove', () => {
    const routed = routedRollout(
      rollout(
        'trafficRouting: {gatewayAPI: {httpRoute: web}, managedRoutes: [{name: h}, {name: m}]}, steps: [{setWeight: 5}, ' +
          '{setHeaderRoute: {name: h, match: [{headerName: X, headerValue: {exact: a}}]}}, {setHeaderRoute: {name: h}}, ' +
          '{setMirrorRoute: {name: m, match: [{path: {prefix: /a}}]}}, {setMirrorRoute: {name: m, match: [], percentage: 5}}, {setMirrorRoute: {name: m}}]',
      ),
    );
    assert.deepEqual(routed.managedRoutes, ['h', 'm']);
    assert.deepEqual(routed.plannedRoutes, {
      headerRoutes: [{ name: 'h', match: [{ headerName: 'X', headerValue: { exact: 'a' } }] }],
      mirrorRoutes: [
        { name: 'm', match: [{ path: { prefix: '/a' } }], percentage: 100 },
        { name: 'm', match: [], percentage: 5 },
      ],
    });
    assert.deepEqual([routed.maxWeight, routed.stableService, routed.canaryService], [100, 's', 'c']);
  });

  it('has the ping Service as stable until a promotion made pong it', () => {
    const of = (status: string | undefined) => {
      const base = rollout('pingPong: {pingService: ping, pongService: pong}, trafficRouting: {alb: {ingress: i}}');
      const { stableService, canaryService } = routedRollout(
        status === undefined
          ? base
          : { ...base, status: { observedGeneration: 1, canary: { stablePingPong: status === 'ping' ? 'ping' : 'pong' } } },
      );
      return [stableService, canaryService];
    };
    assert.deepEqual(of(undefined), ['ping', 'pong']);
    assert.deepEqual(of('ping'), ['ping', 'pong']);
    assert.deepEqual(of('pong'), ['pong', 'ping']);
  });
});
