import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEPLOYMENT, GIT_SYNC } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { millis } from '../../src/api/time.ts';
import { parseManifests } from '../../src/sim/scenario/manifests.ts';
import { runScenario, type Scenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { apply, at, metric } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';
import { adopted, adoptedRelease, adopterManifest, DEPLOYMENT_FILE, deploymentRights } from './adopted-story.ts';
import { conditionsAtEnd, findRollout, statusAtEnd } from './lab.ts';
import { playGolden } from './play-golden.ts';
import { FIRST, FIX, METRIC, ROLLOUT_FILE, servedImages, storyEnd } from './story.ts';

const REF = 'shop/checkout';
const ALL = ['get', 'list', 'create', 'patch', 'delete'];

/** What GitSync may do with Rollouts from now on. */
function rolloutRights(...verbs: readonly string[]): readonly KubeObject[] {
  return parseManifests(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: sluice-sync, namespace: shop}
rules:
- {apiGroups: [sluice.dev], resources: [rollouts], verbs: [${verbs.join(', ')}]}
- {apiGroups: [sluice.dev], resources: [analysistemplates], verbs: [${ALL.join(', ')}]}
- {apiGroups: [''], resources: [configmaps, services], verbs: [${ALL.join(', ')}]}
`);
}

/** The commit changes image, ConfigMap, and the first weight: nothing of it may begin before all of it is there. */
const COMMIT: Readonly<Record<string, string>> = {
  ...adoptedRelease(FIX),
  [ROLLOUT_FILE]: adopterManifest().replace('setWeight: 20', 'setWeight: 40'),
};

/** `from` and `back` change what GitSync may do, around the minutes in which it applies the commit; without `back` it stays so. */
function refused(from: readonly KubeObject[], back: readonly KubeObject[] | undefined, until: Until): Scenario {
  return adopted(
    ({ commit }) => [
      at('0s', metric(METRIC, 0.999)),
      at('99s', apply(from)),
      commit('100s', 'checkout 1.3, carefully', COMMIT),
      ...(back === undefined ? [] : [at('200s', apply(back))]),
    ],
    until,
  ).scenario;
}

function released(): Until {
  return rolloutIs(REF, 'Healthy', (status) => status['revision'] === 2 && status['currentPodHash'] === status['stableRS']);
}

function waits(): Until {
  return rolloutIs(REF, 'Progressing', (status) => /only a part/u.test(String(status.message)));
}

/** Every revision that ever had a ReplicaSet. */
function revisions(run: ScenarioRun): number {
  const sets = run.requests.filter((request) => request.verb === 'create' && request.kind.kind === 'ReplicaSet');
  return new Set(sets.map((request) => request.ref)).size;
}

function firstStep(run: ScenarioRun): unknown {
  const spec = findRollout(run, REF)?.['spec'] as { readonly strategy: { readonly canary: { readonly steps: readonly unknown[] } } };
  return spec.strategy.canary.steps[0];
}

function deployed(run: ScenarioRun): string | undefined {
  return /checkout:\d\.\d/u.exec(JSON.stringify(run.sim.snapshot(DEPLOYMENT)[0]?.['spec']))?.[0];
}

describe('a commit that changes a Rollout and the Deployment that it refers to', () => {
  it('begins no release under the former steps while the Rollout is refused, and one under the new ones then', async () => {
    const make = () => refused(rolloutRights('get', 'list'), rolloutRights(...ALL), released());
    const run = await playGolden('rollout-refused-after-its-deployment', make, { end: storyEnd });
    assert.equal(revisions(run), 2);
    assert.doesNotMatch(run.text, /weight 20/u);
    assert.deepEqual(new Set(servedImages(run.sim)), new Set([FIX.image]));

    const held = await runScenario({ ...refused(rolloutRights('get', 'list'), undefined, waits()), quiet: '2m' });
    assert.equal(held.problems, '');
    assert.equal(revisions(held), 1);
    assert.equal(deployed(held), FIX.image);
    assert.ok(conditionsAtEnd(held, REF).includes('ConfigAvailable=False/CommitIncomplete'));
    assert.equal(statusAtEnd(held, REF).currentPodHash, statusAtEnd(held, REF).stableRS);
  });

  it('begins none either when what GitSync says of the commit is seen later than the Deployment', async () => {
    const lag = millis(5000);
    const run = await runScenario({
      ...refused(rolloutRights('get', 'list'), undefined, waits()),
      quiet: '2m',
      watchLag: (kind) => (kind.kind === GIT_SYNC.kind ? lag : millis(0)),
    });
    assert.equal(run.problems, '');
    assert.equal(revisions(run), 1);
  });

  it('changes neither the Rollout nor what its pods use while the Deployment is refused', async () => {
    const full = deploymentRights('get', 'create', 'patch', 'delete');
    const held = await runScenario({ ...refused(deploymentRights('get'), undefined, waits()), quiet: '2m' });
    assert.equal(held.problems, '');
    assert.equal(revisions(held), 1);
    assert.deepEqual(firstStep(held), { setWeight: 20 });
    assert.equal(deployed(held), FIRST.image);

    const run = await runScenario(refused(deploymentRights('get'), full, released()));
    assert.equal(run.problems, '');
    assert.equal(revisions(run), 2);
    assert.deepEqual(firstStep(run), { setWeight: 40 });
    assert.deepEqual(new Set(servedImages(run.sim)), new Set([FIX.image]));
  });

  it('begins none while the file of the Deployment cannot be read, although Rollout and ConfigMap could be applied', async () => {
    const broken = { ...COMMIT, [DEPLOYMENT_FILE]: `${COMMIT[DEPLOYMENT_FILE]}  broken: [` };
    const scenario = (until: Until, mended: boolean): Scenario =>
      adopted(
        ({ commit }) => [
          at('0s', metric(METRIC, 0.999)),
          commit('100s', 'checkout 1.3, badly written', broken),
          ...(mended ? [commit('200s', 'checkout 1.3', COMMIT)] : []),
        ],
        until,
      ).scenario;
    const held = await runScenario({ ...scenario(waits(), false), quiet: '2m' });
    assert.equal(held.problems, '');
    assert.equal(revisions(held), 1);
    assert.deepEqual(firstStep(held), { setWeight: 20 });

    const run = await runScenario(scenario(released(), true));
    assert.equal(run.problems, '');
    assert.equal(revisions(run), 2);
    assert.deepEqual(firstStep(run), { setWeight: 40 });
  });
});
