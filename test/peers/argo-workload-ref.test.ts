import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEPLOYMENT, POD, ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { Stage } from '../../src/sim/scenario/timeline.ts';
import { at, patchObject, podsBehave } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { findRollout } from '../rollouts/lab.ts';
import { applyArgo, argoRollout, argoServices, look, playArgo, rolloutOf, selectedRevision, sizeOf } from './argo-lab.ts';

const SERVICES = argoServices('web-active');

/** A Rollout that names a Deployment and holds neither template nor selector, as Argo Rollouts takes them. */
function referring(options: { readonly replicas?: number; readonly scaleDown?: string; readonly deployment?: string } = {}): string {
  const { replicas = 1, scaleDown, deployment = 'web' } = options;
  return `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop}
spec:
  replicas: ${replicas}
  progressDeadlineSeconds: 20
  revisionHistoryLimit: 2
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: ${deployment}${scaleDown === undefined ? '' : `, scaleDown: ${scaleDown}`}}
  strategy: {blueGreen: {activeService: web-active}}
`;
}

function deployment(tag: string, replicas: number): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app.kubernetes.io/instance: shop}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:${tag}"}]}}
`;
}

function image(tag: string): Readonly<Record<string, unknown>> {
  return { spec: { template: { spec: { containers: [{ name: 'web', image: `web:${tag}` }] } } } };
}

function deploymentSize(stage: Pick<Stage, 'sim'>): unknown {
  return (stage.sim.snapshot(DEPLOYMENT)[0]?.['spec'] as { readonly replicas?: number } | undefined)?.replicas;
}

function selectsHash(stage: Pick<Stage, 'sim'>): boolean {
  const spec = stage.sim.snapshot(SERVICE)[0]?.['spec'] as { readonly selector?: Readonly<Record<string, string>> } | undefined;
  return spec?.selector?.[POD_TEMPLATE_HASH] !== undefined;
}

describe('a Rollout of Argo Rollouts that names a Deployment', () => {
  it('is Degraded while there is none and leaves the Service alone, follows its template, and never writes it into its own spec', async () => {
    const run = await playArgo({
      manifests: [SERVICES, referring()],
      timeline: [
        at('0s', podsBehave('web:error', { type: 'image-pull-error' })),
        at(
          '10s',
          look('no Deployment', (stage) => {
            assert.deepEqual([rolloutOf(stage).phase, selectsHash(stage)], ['Degraded', false]);
            assert.match(rolloutOf(stage).message, /Deployment web/u);
          }),
        ),
        at('11s', applyArgo(deployment('green', 0))),
        at(
          '30s',
          look('the first template', (stage) => {
            assert.deepEqual([rolloutOf(stage).phase, selectsHash(stage)], ['Healthy', true]);
            assert.equal(rolloutOf(stage).status['workloadObservedGeneration'], '1');
          }),
        ),
        at('31s', patchObject(DEPLOYMENT, 'shop/web', image('error'))),
        at(
          '70s',
          look('pods that do not come up within progressDeadlineSeconds', (stage) => {
            assert.deepEqual([rolloutOf(stage).phase, selectedRevision(stage, 'web-active')], ['Degraded', '1']);
            assert.equal(rolloutOf(stage).status['workloadObservedGeneration'], '2');
          }),
        ),
        at('71s', patchObject(DEPLOYMENT, 'shop/web', image('blue'))),
        at(
          '100s',
          look('the next template', (stage) =>
            assert.deepEqual([rolloutOf(stage).phase, selectedRevision(stage, 'web-active')], ['Healthy', '3'], rolloutOf(stage).message),
          ),
        ),
        at('101s', applyArgo(referring({ deployment: 'gone' }))),
        at(
          '110s',
          look('another Deployment, which is not there', (stage) => {
            assert.deepEqual(
              [rolloutOf(stage).phase, selectedRevision(stage, 'web-active')],
              ['Degraded', '3'],
              'what serves goes on serving',
            );
          }),
        ),
        at('111s', applyArgo(referring())),
        at(
          '130s',
          look('back', (stage) => {
            assert.deepEqual([rolloutOf(stage).phase, selectedRevision(stage, 'web-active')], ['Healthy', '3'], rolloutOf(stage).message);
            const spec = findRollout(stage, 'shop/web')?.['spec'] as Readonly<Record<string, unknown>>;
            assert.deepEqual([spec['template'], spec['selector']], [undefined, undefined]);
          }),
        ),
      ],
      until: rolloutIs('shop/web', 'Healthy'),
    });
    assert.equal(run.problems, '');
  });

  it('may take template and selector into its own spec, and forgets the generation of the Deployment', async () => {
    const own = argoRollout('{blueGreen: {activeService: web-active}}', { tag: 'green' }).replace(', ports: [{containerPort: 8080}]', '');
    const run = await playArgo({
      manifests: [SERVICES, referring(), deployment('green', 0)],
      timeline: [at('31s', applyArgo(own))],
      until: rolloutIs('shop/web', 'Healthy', (status) => status['workloadObservedGeneration'] === undefined),
    });
    assert.equal(run.problems, '');
    // The API server fills defaults into the template of a Deployment: the written one asks for the same pods, and is the same revision.
    assert.equal(selectedRevision(run, 'web-active'), '1');
  });

  for (const scaleDown of ['onsuccess', 'progressively']) {
    it(`takes the Deployment down to 0 with scaleDown ${scaleDown}, and leaves it there whatever size the Rollout gets later`, async () => {
      const run = await playArgo({
        manifests: [SERVICES, referring({ replicas: 3, scaleDown }), deployment('green', 3)],
        timeline: [
          at(
            '60s',
            look('given way', (stage) => assert.deepEqual([rolloutOf(stage).phase, deploymentSize(stage)], ['Healthy', 0])),
          ),
          at('61s', patchObject(ROLLOUT, 'shop/web', { spec: { replicas: 6 } })),
          at(
            '90s',
            look('larger', (stage) => {
              assert.deepEqual([deploymentSize(stage), sizeOf(stage, '1'), stage.sim.snapshot(POD).length], [0, 6, 6]);
            }),
          ),
          at('91s', patchObject(ROLLOUT, 'shop/web', { spec: { replicas: 2 } })),
          at(
            '120s',
            look('smaller', (stage) => {
              assert.deepEqual([deploymentSize(stage), sizeOf(stage, '1'), stage.sim.snapshot(POD).length], [0, 2, 2]);
            }),
          ),
        ],
        until: rolloutIs('shop/web', 'Healthy'),
      });
      assert.equal(run.problems, '');
    });
  }

  it('leaves the Deployment as large as it is without scaleDown', async () => {
    const run = await playArgo({
      manifests: [SERVICES, referring({ replicas: 2 }), deployment('green', 2)],
      timeline: [],
      until: rolloutIs('shop/web', 'Healthy'),
    });
    assert.equal(run.problems, '');
    assert.deepEqual([deploymentSize(run), sizeOf(run, '1')], [2, 2]);
  });

  it('is refused by the API server when it holds a template as well, before anything runs', async () => {
    const both = argoRollout('{blueGreen: {activeService: web-active}}', {
      spec: 'workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}',
    });
    await assert.rejects(
      playArgo({ manifests: [SERVICES, deployment('green', 0), both], timeline: [], until: rolloutIs('shop/web', 'Degraded') }),
      /template.*workloadRef|workloadRef.*template/u,
    );
  });
});
