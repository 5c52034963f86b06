import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DESTINATION_RULE, HTTP_PROXY, INGRESS, TRAEFIK_SERVICE, VIRTUAL_SERVICE } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import type { ResourceKind } from '../../src/ports/cluster.ts';
import { CONTOUR } from '../../src/sim/router/contour/contour.ts';
import { ISTIO } from '../../src/sim/router/istio/istio.ts';
import { createLaggingRouter } from '../../src/sim/router/lagging-router.ts';
import { NGINX } from '../../src/sim/router/nginx/nginx.ts';
import type { SimulatedRouter } from '../../src/sim/router/simulated-router.ts';
import { SIMULATED_ROUTERS } from '../../src/sim/router/simulated-routers.ts';
import { TRAEFIK } from '../../src/sim/router/traefik/traefik.ts';
import { kindOf, parseManifests } from '../../src/sim/scenario/manifests.ts';
import { create, dig, replicaSet, service, startLab } from './lab.ts';

const VIRTUAL_SERVICE_OF_WEB = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: default}
spec: {http: [{route: [{destination: {host: web, subset: stable}, weight: 75}, {destination: {host: web.default.svc.cluster.local, subset: canary}, weight: 25}]}]}
`;
const DESTINATION_RULE_OF_WEB = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: hosts, namespace: default}
spec: {host: web, subsets: [{name: stable, labels: {sluice.dev/pod-template-hash: old}}, {name: canary, labels: {sluice.dev/pod-template-hash: new}}]}
`;

function ingress(name: string, backend: string, annotations = '{}', path = '/'): string {
  return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ${name}, namespace: default, annotations: ${annotations}}
spec: {rules: [{host: shop, http: {paths: [{path: ${path}, pathType: Prefix, backend: {service: {name: ${backend}, port: {number: 80}}}}]}}]}
`;
}

/** The shares of every rule, as `name: backend weight, ...`. */
function served(router: SimulatedRouter, kinds: readonly ResourceKind[], ...manifests: readonly string[]): readonly string[] {
  const objects = parseManifests(manifests.join('\n---\n'));
  assert.deepEqual(new Set(router.kinds), new Set(kinds));
  const routes = router.serve((kind) => objects.filter((object) => object.kind === kind.kind));
  return routes.flatMap(({ id, rules }) =>
    rules.map(
      ({ name, backends }) =>
        `${id} ${name ?? '-'}: ${backends.map((one) => `${one.subset?.name ?? one.service} ${one.weight}`).join(', ')}`,
    ),
  );
}

describe('what a data plane makes of the objects', () => {
  it('of Istio: the shares of subsets, and none for a subset that nobody defines', () => {
    const kinds = [VIRTUAL_SERVICE, DESTINATION_RULE];
    assert.deepEqual(served(ISTIO, kinds, VIRTUAL_SERVICE_OF_WEB, DESTINATION_RULE_OF_WEB), [
      'VirtualService/default/web -: hosts/stable 75, hosts/canary 25',
    ]);
    assert.deepEqual(served(ISTIO, kinds, VIRTUAL_SERVICE_OF_WEB), [
      'VirtualService/default/web -: no subset stable of web 75, no subset canary of web 25',
    ]);
  });

  it('of Istio: everything for the only destination, nothing for one without a weight beside others', () => {
    const of = (route: string) => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: default}
spec: {http: [{name: a, route: [${route}]}]}
`;
    const kinds = [VIRTUAL_SERVICE, DESTINATION_RULE];
    assert.deepEqual(served(ISTIO, kinds, of('{destination: {host: web}}')), ['VirtualService/default/web a: web 100']);
    assert.deepEqual(served(ISTIO, kinds, of('{destination: {host: web}, weight: 90}, {destination: {host: other}}')), [
      'VirtualService/default/web a: web 90, other 0',
    ]);
  });

  it('of ingress-nginx: what a canary Ingress takes of the paths that both have', () => {
    const canary = (annotations: string, path?: string) => ingress('web-canary', 'web-canary', annotations, path);
    const main = ingress('web', 'web-stable');
    const on = '{nginx.ingress.kubernetes.io/canary: "true", nginx.ingress.kubernetes.io/canary-weight: "30"';
    assert.deepEqual(served(NGINX, [INGRESS], main, canary(`${on}}`)), ['Ingress/default/web shop/: web-stable 70, web-canary 30']);
    assert.deepEqual(served(NGINX, [INGRESS], main, canary(`${on}, nginx.ingress.kubernetes.io/canary-weight-total: "1000"}`)), [
      'Ingress/default/web shop/: web-stable 970, web-canary 30',
    ]);
    assert.deepEqual(served(NGINX, [INGRESS], main, canary(`${on}}`, '/other')), ['Ingress/default/web shop/: web-stable 100']);
  });

  it('of Traefik: an absent weight is 1', () => {
    const object = `
apiVersion: traefik.io/v1alpha1
kind: TraefikService
metadata: {name: web, namespace: default}
spec: {weighted: {services: [{name: web-stable, port: 80, weight: 3}, {name: web-canary, port: 80}]}}
`;
    assert.deepEqual(served(TRAEFIK, [TRAEFIK_SERVICE], object), ['TraefikService/default/web -: web-stable 3, web-canary 1']);
  });

  it('of Contour: even shares without weights, none for a mirror, and tcpproxy as one more rule', () => {
    const of = (services: string) => `
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: web, namespace: default}
spec:
  routes: [{conditions: [{prefix: /shop}, {header: {name: x-tester, exact: "1"}}], services: [${services}]}]
  tcpproxy: {services: [{name: web-stable, port: 80, weight: 9}, {name: web-canary, port: 80}]}
`;
    assert.deepEqual(served(CONTOUR, [HTTP_PROXY], of('{name: a, port: 80}, {name: b, port: 80}, {name: c, port: 80, mirror: true}')), [
      'HTTPProxy/default/web /shop x-tester=1: a 1, b 1',
      'HTTPProxy/default/web tcpproxy: web-stable 9, web-canary 0',
    ]);
  });
});

describe('the data planes of all routers at once', () => {
  it('send requests to the pods of a subset by the labels that were applied', async () => {
    const lab = await startLab({ crds: SIMULATED_ROUTERS.flatMap((router) => router.crds) });
    const router = createLaggingRouter({ cluster: lab.sim.as({ name: 'router', groups: [] }), clock: lab.clock });
    const stop = new AbortController();
    const end = router.run(stop.signal);
    await create(lab.cluster, service('web', { app: 'web' }));
    await create(lab.cluster, replicaSet('old', 3));
    await create(lab.cluster, replicaSet('new', 1));
    for (const object of parseManifests(`${VIRTUAL_SERVICE_OF_WEB}---${DESTINATION_RULE_OF_WEB}`))
      await lab.cluster.create(kindOf(object), object);
    await lab.clock.runFor(millis(5000));
    const { byHash, failed } = router.trafficByHash({ route: 'VirtualService/default/web' });
    assert.deepEqual({ ...Object.fromEntries(byHash), failed }, { old: 0.75, new: 0.25, failed: 0 });
    stop.abort();
    await end;
    await lab.stop();
  });

  it('let Contour say which Service it misses, and that an HTTPProxy is valid once it is there', async () => {
    const lab = await startLab({ crds: CONTOUR.crds });
    const router = createLaggingRouter({ cluster: lab.sim.as({ name: 'router', groups: [] }), clock: lab.clock, routers: [CONTOUR] });
    const stop = new AbortController();
    const end = router.run(stop.signal);
    const [proxy] = parseManifests(`
apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: web, namespace: default}
spec: {routes: [{services: [{name: web, port: 80}]}]}
`);
    assert.ok(proxy);
    await lab.cluster.create(HTTP_PROXY, proxy);
    await lab.clock.settle();
    const said = () => [
      dig(lab.sim.snapshot(HTTP_PROXY)[0], 'status', 'currentStatus'),
      dig(lab.sim.snapshot(HTTP_PROXY)[0], 'status', 'conditions', 0, 'status'),
      dig(lab.sim.snapshot(HTTP_PROXY)[0], 'status', 'conditions', 0, 'observedGeneration'),
    ];
    assert.deepEqual(said(), ['invalid', 'False', 1]);
    await create(lab.cluster, service('web', { app: 'web' }));
    await lab.clock.settle();
    assert.deepEqual(said(), ['valid', 'True', 1]);
    stop.abort();
    await end;
    await lab.stop();
  });
});
