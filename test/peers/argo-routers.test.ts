import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { INGRESS, ROLLOUT, TRAEFIK_SERVICE } from '../../src/api/kinds.ts';
import { at, patchObject, type Stage } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { ask, askAbort, halted, healthyAt } from '../rollouts/lab.ts';
import { applyArgo, argoRollout, argoServices, look, playArgo, rolloutOf, selectedRevision, sizeOf } from './argo-lab.ts';
import {
  canary,
  HTTP,
  objectOf,
  routesOf,
  SERVICES,
  SUBSET_RULE,
  SUBSETS,
  subsetHashes,
  TLS,
  virtualService,
  weightsOf,
} from './argo-routes.ts';

function selected(stage: Pick<Stage, 'sim'>): readonly string[] {
  return [selectedRevision(stage, 'web-stable'), selectedRevision(stage, 'web-canary')];
}

describe('a canary of Argo Rollouts through Istio, by two hosts', () => {
  const ISTIO = '{istio: {virtualService: {name: web, routes: [primary]}}}';
  const BOTH = '{istio: {virtualService: {name: web, routes: [primary], tlsRoutes: [{port: 3000, sniHosts: [web]}]}}}';
  const STEPS = '[{setWeight: 10}, {pause: {}}]';

  for (const [what, routing, spec, protocols] of [
    ['http routes', ISTIO, HTTP, ['http']],
    ['http and TLS routes', BOTH, `${HTTP}, ${TLS}`, ['http', 'tls']],
    ['TLS routes alone, although http routes are named as well', BOTH, TLS, ['tls']],
  ] as const) {
    it(`moves the weights of ${what}, with both Services, and keeps the former pods for scaleDownDelaySeconds`, async () => {
      const strategy = canary(routing, STEPS);
      const run = await playArgo({
        manifests: [SERVICES, virtualService(spec), argoRollout(strategy)],
        timeline: [
          at(
            '30s',
            look('the first deployment', (stage) => {
              assert.equal(rolloutOf(stage).phase, 'Healthy');
              for (const protocol of protocols) assert.deepEqual(weightsOf(stage, protocol), [[100, 0]]);
              assert.deepEqual(selected(stage), ['1', '1']);
            }),
          ),
          at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
          at(
            '80s',
            look('the pause', (stage) => {
              assert.equal(rolloutOf(stage).phase, 'Paused');
              for (const protocol of protocols) assert.deepEqual(weightsOf(stage, protocol), [[90, 10]]);
              assert.deepEqual(selected(stage), ['1', '2']);
            }),
          ),
          at('81s', ask('promote', '1')),
          at(
            '110s',
            look('promoted', (stage) => {
              assert.equal(rolloutOf(stage).phase, 'Healthy');
              for (const protocol of protocols) assert.deepEqual(weightsOf(stage, protocol), [[100, 0]]);
              assert.deepEqual([selected(stage), sizeOf(stage, '1')], [['2', '2'], 1]);
            }),
          ),
        ],
        until: healthyAt(2),
      });
      assert.equal(run.problems, '');
    });
  }

  it('takes no notice of an abort while nothing is under test', async () => {
    const strategy = canary(ISTIO, STEPS);
    const run = await playArgo({
      manifests: [SERVICES, virtualService(HTTP), argoRollout(strategy)],
      timeline: [
        at('20s', askAbort('0')),
        at(
          '25s',
          look('still healthy', (stage) => assert.deepEqual([rolloutOf(stage).phase, sizeOf(stage, '1')], ['Healthy', 1])),
        ),
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at('80s', ask('promote', '1')),
        at('120s', askAbort('2')),
        at(
          '130s',
          look('healthy again', (stage) => assert.deepEqual([rolloutOf(stage).phase, sizeOf(stage, '2')], ['Healthy', 1])),
        ),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
  });

  it('takes the pods of a revision that is replaced at weight 0 away at once, and gives the next one its own', async () => {
    const strategy = canary(ISTIO, '[{setWeight: 0}, {setCanaryScale: {replicas: 1}}, {pause: {}}]');
    const run = await playArgo({
      manifests: [SERVICES, virtualService(HTTP), argoRollout(strategy, { replicas: 2 })],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { replicas: 2, tag: 'v2' }))),
        at(
          '60s',
          look('the second', (stage) => assert.deepEqual([rolloutOf(stage).phase, sizeOf(stage, '2')], ['Paused', 1])),
        ),
        at('61s', applyArgo(argoRollout(strategy, { replicas: 2, tag: 'v3' }))),
      ],
      until: rolloutIs('shop/web', 'Paused', (status) => status['revision'] === 3),
    });
    assert.equal(run.problems, '');
    assert.deepEqual([sizeOf(run, '1'), sizeOf(run, '2'), sizeOf(run, '3')], [2, 0, 1]);
  });

  it('keeps the pods of an aborted canary for abortScaleDownDelaySeconds, at the size that setCanaryScale gave it', async () => {
    const steps =
      '[{setCanaryScale: {weight: 40}}, {setWeight: 20}, {pause: {}}, {setCanaryScale: {weight: 80}}, {setWeight: 40}, {pause: {}}]';
    const strategy = canary(ISTIO, steps);
    const run = await playArgo({
      manifests: [SERVICES, virtualService(HTTP), argoRollout(strategy, { replicas: 5 })],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { replicas: 5, tag: 'v2' }))),
        at(
          '80s',
          look('first pause', (stage) => assert.deepEqual([sizeOf(stage, '2'), weightsOf(stage)], [2, [[80, 20]]])),
        ),
        at('81s', ask('promote', '1')),
        at(
          '130s',
          look('second pause', (stage) => assert.deepEqual([sizeOf(stage, '2'), weightsOf(stage)], [4, [[60, 40]]])),
        ),
        at('131s', askAbort('2')),
        at(
          '140s',
          look('aborted', (stage) => {
            assert.deepEqual([rolloutOf(stage).phase, weightsOf(stage)], ['Degraded', [[100, 0]]]);
            assert.deepEqual([sizeOf(stage, '1'), sizeOf(stage, '2')], [5, 4]);
          }),
        ),
      ],
      until: halted('Degraded'),
    });
    assert.equal(run.problems, '');
    assert.equal(sizeOf(run, '2'), 0);
  });

  it('makes the routes of setHeaderRoute before the weighted one, changes them, and takes them away without a match', async () => {
    const header = (regex: string): string =>
      `{setHeaderRoute: {name: browsers, match: [{headerName: agent, headerValue: {regex: "${regex}"}}]}}`;
    const steps = `[{setWeight: 20}, ${header('firefox(.*)')}, {pause: {}}, ${header('chrome(.*)')}, {pause: {}}, {setWeight: 40}, {setHeaderRoute: {name: browsers}}, {pause: {}}]`;
    const routing = '{managedRoutes: [{name: browsers}], istio: {virtualService: {name: web}}}';
    const strategy = canary(routing, steps);
    const names = (stage: Pick<Stage, 'sim'>): readonly unknown[] => routesOf(stage).map(({ name }) => name);
    const run = await playArgo({
      manifests: [SERVICES, virtualService(HTTP), argoRollout(strategy, { replicas: 5 })],
      timeline: [
        at(
          '30s',
          look('no route yet', (stage) => assert.deepEqual(names(stage), ['primary'])),
        ),
        at('31s', applyArgo(argoRollout(strategy, { replicas: 5, tag: 'v2' }))),
        at(
          '80s',
          look('the first match', (stage) => {
            assert.deepEqual(
              [names(stage), weightsOf(stage)],
              [
                ['browsers', 'primary'],
                [[100], [80, 20]],
              ],
            );
            assert.match(JSON.stringify(routesOf(stage)[0]), /firefox/u);
            assert.equal(routesOf(stage)[0]?.route[0]?.destination.host, 'web-canary');
          }),
        ),
        at('81s', ask('promote', '1')),
        at(
          '120s',
          look('the second match', (stage) => assert.match(JSON.stringify(routesOf(stage)[0]), /chrome/u)),
        ),
        at('121s', ask('promote', '2')),
        at(
          '180s',
          look('no match any more', (stage) => assert.deepEqual([names(stage), weightsOf(stage)], [['primary'], [[60, 40]]])),
        ),
        at('181s', ask('promote-full', '3')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual([names(run), weightsOf(run)], [['primary'], [[100, 0]]]);
  });

  it('makes the routes of setMirrorRoute with the weights of the weighted one, in the order of managedRoutes', async () => {
    const steps =
      '[{setWeight: 20}, {setMirrorRoute: {name: all, percentage: 100, match: [{path: {prefix: /}}]}}, {setMirrorRoute: {name: reads, percentage: 80, match: [{method: {exact: GET}, path: {prefix: /}}]}}, {pause: {}}, {setWeight: 40}, {setMirrorRoute: {name: all}}, {pause: {}}]';
    const strategy = canary('{managedRoutes: [{name: all}, {name: reads}], istio: {virtualService: {name: web}}}', steps);
    const shown = (stage: Pick<Stage, 'sim'>): readonly unknown[] =>
      routesOf(stage).map((route) => [route.name, route.mirrorPercentage?.value, route.route.map(({ weight }) => weight)]);
    const run = await playArgo({
      manifests: [SERVICES, virtualService(HTTP), argoRollout(strategy, { replicas: 5 })],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { replicas: 5, tag: 'v2' }))),
        at(
          '100s',
          look('both mirrors', (stage) => {
            assert.deepEqual(shown(stage), [
              ['all', 100, [80, 20]],
              ['reads', 80, [80, 20]],
              ['primary', undefined, [80, 20]],
            ]);
          }),
        ),
        at('101s', ask('promote', '1')),
        at(
          '160s',
          look('one mirror', (stage) => {
            assert.deepEqual(shown(stage), [
              ['reads', 80, [60, 40]],
              ['primary', undefined, [60, 40]],
            ]);
          }),
        ),
        at('161s', ask('promote-full', '2')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(shown(run), [['primary', undefined, [100, 0]]]);
  });

  it('changes the parts of ping and pong at each promotion, and moves no weight at it', async () => {
    const strategy =
      '{canary: {pingPong: {pingService: web-ping, pongService: web-pong}, trafficRouting: {istio: {virtualService: {name: web, routes: [primary]}}}, steps: [{setWeight: 25}, {pause: {}}]}}';
    const hosts = '[{destination: {host: web-ping}, weight: 100}, {destination: {host: web-pong}, weight: 0}]';
    const run = await playArgo({
      manifests: [argoServices('web-ping', 'web-pong'), virtualService(`http: [{name: primary, route: ${hosts}}]`), argoRollout(strategy)],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '60s',
          look('pong is under test', (stage) => assert.deepEqual(weightsOf(stage), [[75, 25]])),
        ),
        at('61s', ask('promote', '1')),
        at(
          '110s',
          look('pong is stable', (stage) => assert.deepEqual([rolloutOf(stage).phase, weightsOf(stage)], ['Healthy', [[0, 100]]])),
        ),
        at('151s', applyArgo(argoRollout(strategy, { tag: 'v3' }))),
        at(
          '180s',
          look('ping is under test', (stage) => assert.deepEqual(weightsOf(stage), [[25, 75]])),
        ),
        at('181s', ask('promote', '2')),
      ],
      until: healthyAt(3),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(weightsOf(run), [[100, 0]]);
  });
});

describe('a canary of Argo Rollouts through Istio, by two subsets', () => {
  const strategy = (route: string): string =>
    `{canary: {trafficRouting: {istio: {virtualService: {name: web${route}}, destinationRule: {name: web, stableSubsetName: stable, canarySubsetName: canary}}}, steps: [{setWeight: 10}, {pause: {}}]}}`;

  for (const [what, name, route] of [
    ['a named route', 'name: primary, ', ', routes: [primary]'],
    ['the only route, which has no name', '', ''],
  ] as const) {
    it(`gives ${what} its weights and each subset the hash of its revision`, async () => {
      const run = await playArgo({
        manifests: [argoServices('web'), SUBSET_RULE, virtualService(`http: [{${name}route: ${SUBSETS}}]`), argoRollout(strategy(route))],
        timeline: [
          at(
            '30s',
            look('the first deployment', (stage) => {
              const { currentPodHash } = rolloutOf(stage).status;
              assert.deepEqual([weightsOf(stage), subsetHashes(stage)], [[[100, 0]], [currentPodHash, currentPodHash]]);
            }),
          ),
          at('31s', applyArgo(argoRollout(strategy(route), { tag: 'v2' }))),
          at(
            '80s',
            look('the pause', (stage) => {
              const { currentPodHash, stableRS } = rolloutOf(stage).status;
              assert.notEqual(currentPodHash, stableRS);
              assert.deepEqual([weightsOf(stage), subsetHashes(stage)], [[[90, 10]], [stableRS, currentPodHash]]);
            }),
          ),
          at('81s', ask('promote', '1')),
        ],
        until: healthyAt(2),
      });
      assert.equal(run.problems, '');
      const { currentPodHash } = rolloutOf(run).status;
      assert.deepEqual([weightsOf(run), subsetHashes(run)], [[[100, 0]], [currentPodHash, currentPodHash]]);
    });
  }

  it('keeps all traffic on stable when that is made smaller after an abort', async () => {
    const dynamic = strategy('').replace('steps:', 'dynamicStableScale: true, steps:');
    const run = await playArgo({
      manifests: [argoServices('web'), SUBSET_RULE, virtualService(`http: [{route: ${SUBSETS}}]`), argoRollout(dynamic, { replicas: 4 })],
      timeline: [
        at('31s', applyArgo(argoRollout(dynamic, { replicas: 4, tag: 'v2' }))),
        at('80s', askAbort('1')),
        at('150s', patchObject(ROLLOUT, 'shop/web', { spec: { replicas: 1 } })),
      ],
      until: rolloutIs('shop/web', 'Degraded', (status) => status['replicas'] === 1),
    });
    assert.equal(run.problems, '');
    assert.deepEqual([weightsOf(run), sizeOf(run, '1')], [[[100, 0]], 1]);
  });
});

describe('a canary of Argo Rollouts through NGINX', () => {
  const INGRESS_OF_STABLE = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, annotations: {kubernetes.io/ingress.class: nginx}}
spec:
  tls: [{hosts: [web.example.com], secretName: web-tls}]
  rules: [{host: web.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web-stable, port: {number: 80}}}}]}}]
`;
  const annotations = (stage: Pick<Stage, 'sim'>, prefix = 'nginx.ingress.kubernetes.io'): Readonly<Record<string, string | undefined>> => {
    const all = objectOf(stage, INGRESS, 'web-web-canary')?.metadata.annotations ?? {};
    return Object.fromEntries(
      Object.entries(all)
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length + 1), value]),
    );
  };

  it('gives a canary Ingress of its own the weight, the class, the TLS part and the additional annotations', async () => {
    const nginx =
      '{nginx: {stableIngress: web, additionalIngressAnnotations: {canary-by-header: X-Foo, canary-by-header-value: DoCanary}, canaryIngressAnnotations: {tool.example.com/key: value}}}';
    const strategy = canary(nginx, '[{setWeight: 10}, {pause: {}}]');
    const run = await playArgo({
      manifests: [SERVICES, INGRESS_OF_STABLE, argoRollout(strategy)],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '80s',
          look('the pause', (stage) => {
            assert.deepEqual(annotations(stage), {
              canary: 'true',
              'canary-weight': '10',
              'canary-by-header': 'X-Foo',
              'canary-by-header-value': 'DoCanary',
            });
            const live = objectOf(stage, INGRESS, 'web-web-canary');
            assert.equal(live?.metadata.annotations?.['tool.example.com/key'], 'value');
            assert.equal(live.metadata.annotations['kubernetes.io/ingress.class'], 'nginx');
            assert.match(JSON.stringify(live['spec']), /"name":"web-canary".*|.*web-tls/u);
            assert.deepEqual(
              live.metadata.ownerReferences?.map(({ kind, name }) => [kind, name]),
              [['Rollout', 'web']],
            );
          }),
        ),
        at('81s', ask('promote', '1')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.equal(annotations(run)['canary-weight'], '0');
  });

  it('counts in thousandths with maxTrafficWeight', async () => {
    const strategy = canary('{maxTrafficWeight: 1000, nginx: {stableIngress: web}}', '[{setWeight: 5}, {pause: {}}]');
    const run = await playArgo({
      manifests: [SERVICES, INGRESS_OF_STABLE, argoRollout(strategy)],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '80s',
          look('the pause', (stage) => {
            assert.deepEqual(annotations(stage), { canary: 'true', 'canary-weight': '5', 'canary-weight-total': '1000' });
          }),
        ),
        at('81s', ask('promote', '1')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
  });

  for (const [what, ingress, message] of [
    ['that is not there', '', /Ingress web/u],
    [
      'without a path to the stable Service',
      INGRESS_OF_STABLE.replace('name: web-stable', 'name: other'),
      /no path to the Service web-stable/u,
    ],
  ] as const) {
    it(`is Degraded with what to do for an Ingress ${what}, and what serves stays`, async () => {
      const strategy = canary('{nginx: {stableIngress: web}}', '[{setWeight: 10}, {pause: {}}]');
      const run = await playArgo({
        manifests: [SERVICES, ...(ingress === '' ? [] : [ingress]), argoRollout(strategy)],
        timeline: [],
        until: rolloutIs('shop/web', 'Degraded'),
        // The deadline of the release would be the next thing to happen.
        more: { quiet: '0s' },
      });
      assert.equal(run.problems, '');
      assert.match(rolloutOf(run).message, message);
      assert.equal(sizeOf(run, '1'), 1);
    });
  }
});

describe('a canary of Argo Rollouts through Traefik', () => {
  it('moves the weights of the two Services of a TraefikService, and no other', async () => {
    const traefikService = `
apiVersion: traefik.io/v1alpha1
kind: TraefikService
metadata: {name: web, namespace: shop}
spec: {weighted: {services: [{name: web-stable, port: 80, weight: 100}, {name: web-canary, port: 80, weight: 0}]}}
`;
    const weights = (stage: Pick<Stage, 'sim'>): readonly unknown[] => {
      const spec = objectOf(stage, TRAEFIK_SERVICE, 'web')?.['spec'] as {
        readonly weighted: { readonly services: readonly { readonly weight: number }[] };
      };
      return spec.weighted.services.map(({ weight }) => weight);
    };
    const strategy = canary('{traefik: {weightedTraefikServiceName: web}}', '[{setWeight: 30}, {pause: {}}]');
    const run = await playArgo({
      manifests: [SERVICES, traefikService, argoRollout(strategy)],
      timeline: [
        at('31s', applyArgo(argoRollout(strategy, { tag: 'v2' }))),
        at(
          '80s',
          look('the pause', (stage) => assert.deepEqual(weights(stage), [70, 30])),
        ),
        at('81s', ask('promote', '1')),
      ],
      until: healthyAt(2),
    });
    assert.equal(run.problems, '');
    assert.deepEqual(weights(run), [100, 0]);
  });
});
