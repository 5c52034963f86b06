import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP, POD } from '../../src/api/kinds.ts';
import { CONFIG_COPY } from '../../src/api/labels.ts';
import { configMapManifest, rolloutManifest } from '../../src/demo/manifests.ts';
import { at, metric } from '../../src/sim/scenario/timeline.ts';
import { conditionsAtEnd, healthyAt, statusAtEnd } from './lab.ts';
import { playStory } from './play-story.ts';
import { CONFIG_FILE, demoTimeline, fileAtTip, GOOD, gitVersusCluster, METRIC, ROLLOUT_FILE, restoreCommits } from './story.ts';

const REF = 'shop/checkout';
const TIGHT = { ...GOOD, paymentTimeout: '1ms' };

describe('a bad commit of a ConfigMap alone', () => {
  it('breaches as a revision of its own, is restored in Git, and stable serves what it had all the time', async () => {
    const { run, story } = await playStory('config-breach-restored', {
      timeline: (hands) => [
        ...demoTimeline(hands).slice(0, 2),
        at('465s', metric(METRIC, 0.62)),
        hands.commit('470s', 'tighter timeout', { [CONFIG_FILE]: configMapManifest(TIGHT) }),
      ],
    });
    assert.equal(restoreCommits(story.remote).length, 1);
    assert.equal(fileAtTip(story.remote, CONFIG_FILE), configMapManifest(GOOD));
    assert.equal(fileAtTip(story.remote, ROLLOUT_FILE), rolloutManifest(GOOD));
    assert.deepEqual(gitVersusCluster(story.remote, run.sim), []);
    assert.ok(conditionsAtEnd(run, REF).includes('Ready=True/Reverted'));
    assert.equal(statusAtEnd(run, REF)['revision'], 4);
  });

  it('that is good is promoted, and no copy is left that no ReplicaSet uses', async () => {
    const { run } = await playStory('config-promoted', {
      timeline: (hands) => [
        ...demoTimeline(hands).slice(0, 1),
        hands.commit('230s', 'another timeout', { [CONFIG_FILE]: configMapManifest({ ...GOOD, paymentTimeout: '5s' }) }),
      ],
      until: healthyAt(2, REF),
    });
    assert.equal(statusAtEnd(run, REF)['revision'], 2);
    const copies = run.sim.snapshot(CONFIG_MAP).filter((object) => object.metadata.labels?.[CONFIG_COPY] !== undefined);
    assert.equal(copies.length, 2);
    const used = new Set(run.sim.snapshot(POD).map((pod) => /"name":"(checkout-config-[a-z0-9]+)"/.exec(JSON.stringify(pod['spec']))?.[1]));
    assert.equal(used.size, 1);
  });
});
