import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEPLOYMENT, ROLLOUT } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { configMapManifest, type Release, rolloutManifest, servicesManifest } from '../../src/demo/manifests.ts';
import { parseManifests } from '../../src/sim/scenario/manifests.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { at, metric, patchObject, type TimelineEvent } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { conditionsAtEnd, statusAtEnd } from './lab.ts';
import { playGolden } from './play-golden.ts';
import {
  BAD,
  CONFIG_FILE,
  createStory,
  FIRST,
  fileAtTip,
  GOOD,
  history,
  INITIAL,
  METRIC,
  ROLLOUT_FILE,
  restoreCommits,
  type StoryHands,
  servedImages,
  storyEnd,
  storyOf,
} from './story.ts';

const DEPLOYMENT_FILE = 'shop/deployment.yaml';
const REF = 'shop/checkout';

/** The Deployment, without replicas: they are not Git's to say once the Rollout has taken over. */
function deploymentManifest({ image }: Release): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout
spec:
  selector:
    matchLabels: {app: checkout}
  template:
    metadata:
      labels: {app: checkout}
    spec:
      containers:
        - name: checkout
          image: ${image}
          envFrom:
            - configMapRef: {name: checkout-config}
`;
}

/** The Rollout of the demo, with the template in the Deployment. */
function adopterManifest(): string {
  const lines = rolloutManifest(FIRST).split('\n');
  const [from, to] = [lines.indexOf('  selector:'), lines.indexOf('  strategy:')];
  const ref = '  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: checkout, scaleDown: progressively}';
  return [...lines.slice(0, from), ref, ...lines.slice(to)].join('\n');
}

function release(of: Release): Readonly<Record<string, string>> {
  return { [DEPLOYMENT_FILE]: deploymentManifest(of), [CONFIG_FILE]: configMapManifest(of) };
}

const RIGHTS = parseManifests(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deployments, namespace: shop}
rules: [{apiGroups: [apps], resources: [deployments], verbs: [get, create, patch, delete]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployments, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployments}
subjects: [{kind: ServiceAccount, name: sluice-sync, namespace: shop}]
`);

function adopted(timeline: (hands: StoryHands) => readonly TimelineEvent[]) {
  const initial = { ...INITIAL, ...release(FIRST), [ROLLOUT_FILE]: adopterManifest(), 'shop/services.yaml': servicesManifest() };
  const story = createStory({ initial, timeline });
  return { story, scenario: { ...story.scenario, manifests: [...(story.scenario.manifests as readonly KubeObject[]), ...RIGHTS] } };
}

describe('a bad commit of a Deployment that a Rollout refers to', () => {
  it('is taken out of the Deployment in Git, and the cluster follows', async () => {
    const make = () =>
      adopted(({ commit }) => [
        at('0s', metric(METRIC, 0.999)),
        commit('230s', 'checkout 1.1', release(GOOD)),
        at('465s', metric(METRIC, 0.62)),
        commit('470s', 'checkout 1.2: pay faster', release(BAD)),
      ]).scenario;
    const run = await playGolden('deployment-restored', make, { end: storyEnd });
    const story = storyOf(run.sim);
    assert.equal(restoreCommits(story.remote).length, 1);
    assert.equal(fileAtTip(story.remote, DEPLOYMENT_FILE), deploymentManifest(GOOD));
    assert.equal(fileAtTip(story.remote, CONFIG_FILE), configMapManifest(GOOD));
    assert.equal(fileAtTip(story.remote, ROLLOUT_FILE), adopterManifest());
    const { rollback, provenance } = statusAtEnd(run, REF) as unknown as {
      readonly rollback: { readonly state: string; readonly files: readonly string[]; readonly commit: string };
      readonly provenance: { readonly current: { readonly file: string } };
    };
    assert.equal(rollback.state, 'Applied');
    assert.equal(rollback.commit, history(story.remote).at(-1)?.oid);
    assert.deepEqual(rollback.files, [CONFIG_FILE, DEPLOYMENT_FILE]);
    assert.equal(provenance.current.file, DEPLOYMENT_FILE);
    assert.ok(conditionsAtEnd(run, REF).includes('Ready=True/Reverted'));
    assert.deepEqual(
      servedImages(run.sim),
      Array.from({ length: 5 }, () => GOOD.image),
    );
  });

  it('is not blamed for a template that somebody wrote into the cluster', async () => {
    const template = { spec: { containers: [{ name: 'checkout', image: BAD.image }] } };
    const { story, scenario } = adopted(({ commit }) => [
      at('0s', metric(METRIC, 0.999)),
      commit('230s', 'checkout 1.1', release(GOOD)),
      at('465s', metric(METRIC, 0.62)),
      at('470s', patchObject(DEPLOYMENT, REF, { spec: { template } })),
    ]);
    const run = await runScenario({
      ...scenario,
      until: rolloutIs(REF, 'Degraded', (status) => status.rollback?.state === 'Blocked'),
    });
    assert.equal(restoreCommits(story.remote).length, 0);
    assert.equal(run.sim.snapshot(ROLLOUT).length, 1);
  });
});
