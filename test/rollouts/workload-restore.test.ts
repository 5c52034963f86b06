import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEPLOYMENT, REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import { millis } from '../../src/api/time.ts';
import { configMapManifest } from '../../src/demo/manifests.ts';
import { runScenario } from '../../src/sim/scenario/run-scenario.ts';
import { at, metric, patchObject } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs } from '../../src/sim/scenario/until.ts';
import { adopted, adoptedRelease, adopterManifest, DEPLOYMENT_FILE, deploymentManifest } from './adopted-story.ts';
import { conditionsAtEnd, statusAtEnd } from './lab.ts';
import { playGolden } from './play-golden.ts';
import {
  BAD,
  CONFIG_FILE,
  fileAtTip,
  GOOD,
  history,
  METRIC,
  ROLLOUT_FILE,
  restoreCommits,
  servedImages,
  storyEnd,
  storyOf,
} from './story.ts';

const REF = 'shop/checkout';

describe('a bad commit of a Deployment that a Rollout refers to', () => {
  it('is taken out of the Deployment in Git, and the cluster follows', async () => {
    const make = () =>
      adopted(({ commit }) => [
        at('0s', metric(METRIC, 0.999)),
        commit('230s', 'checkout 1.1', adoptedRelease(GOOD)),
        at('465s', metric(METRIC, 0.62)),
        commit('470s', 'checkout 1.2: pay faster', adoptedRelease(BAD)),
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

  it('makes no revision of the former template and the new configuration while the controller hears of the Deployment late', async () => {
    const { scenario } = adopted(({ commit }) => [at('0s', metric(METRIC, 0.999)), commit('230s', 'checkout 1.1', adoptedRelease(GOOD))]);
    const run = await runScenario({
      ...scenario,
      watchLag: (kind) => millis(kind.kind === 'Deployment' ? 20_000 : 0),
      until: rolloutIs(REF, 'Healthy', (status) => status.revision === 2),
    });
    assert.equal(run.problems, '');
    assert.equal(run.sim.snapshot(REPLICA_SET).filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind === 'Rollout').length, 2);
    assert.deepEqual(
      servedImages(run.sim),
      Array.from({ length: 5 }, () => GOOD.image),
    );
  });

  it('is not blamed for a template that somebody wrote into the cluster', async () => {
    const template = { spec: { containers: [{ name: 'checkout', image: BAD.image }] } };
    const { story, scenario } = adopted(({ commit }) => [
      at('0s', metric(METRIC, 0.999)),
      commit('230s', 'checkout 1.1', adoptedRelease(GOOD)),
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
