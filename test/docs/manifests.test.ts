import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import { z } from 'zod';
import { ANALYSIS_TEMPLATE, GIT_SYNC, GIT_TARGET, METRIC_PROVIDER, ROLLOUT } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { ResourceKind } from '../../src/ports/cluster.ts';
import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';
import type { RbacStage } from '../chart/rbac-stage.ts';
import { type ConditionedStatus, conditionedStatus } from './conditioned-status.ts';
import { createInstalledStage, manifestsOf } from './installed-stage.ts';
import { readPage } from './markdown.ts';

const REPOSITORY = 'https://git.example.com/shop/deploy.git';
const IMAGE = /shop\/checkout:\d+/;
const TEAM_KINDS = ['Rollout', 'AnalysisTemplate', 'Service', 'ConfigMap'];

const rolloutSpec = z.looseObject({ spec: z.looseObject({ template: z.unknown() }) });

/** The service team's part of a page as one file, with this image. */
function teamFile(objects: readonly KubeObject[], tag: number): string {
  const team = objects.filter((object) => TEAM_KINDS.includes(object.kind));
  const text = team.map((object) => stringify(object)).join('---\n');
  assert.match(text, IMAGE);
  return text.replaceAll(new RegExp(IMAGE, 'g'), `shop/checkout:${tag}`);
}

function commit(stage: RbacStage, objects: readonly KubeObject[], tag: number): void {
  stage.repositories
    .remote(REPOSITORY)
    .commit('main', { 'shop/checkout.yaml': teamFile(objects, tag) }, `checkout ${tag}`, stage.clock.now());
}

/** Healthy, with nothing under test, and with this image. */
function healthyWith(tag: number): Until {
  const { what, holds } = rolloutIs('shop/checkout', 'Healthy', (status) => status.currentPodHash === status.stableRS);
  return {
    what: `${what}, with ${tag}`,
    holds: (sim) =>
      holds(sim) && sim.snapshot(ROLLOUT).some((one) => JSON.stringify(rolloutSpec.parse(one).spec.template).includes(`checkout:${tag}"`)),
  };
}

function statusesOf(stage: RbacStage, kinds: readonly ResourceKind[]): readonly ConditionedStatus[] {
  return kinds.flatMap((kind) => stage.sim.snapshot(kind).map(conditionedStatus));
}

function restoreCommits(stage: RbacStage): readonly string[] {
  return [...stage.repositories.remote(REPOSITORY).commits.values()]
    .map(({ message }) => message)
    .filter((message) => message.includes('Sluice-Revert-Id:'));
}

for (const path of ['docs/concepts.md', 'docs/install.md']) {
  describe(`the manifests of ${path}`, () => {
    it('make a Rollout that is Healthy, and everything they need is Ready', async () => {
      const objects = manifestsOf(readPage(path));
      const stage = await createInstalledStage();
      commit(stage, objects, 1);
      await stage.apply(objects);
      const life = stage.start();
      await stage.until(healthyWith(1));
      const kinds = [METRIC_PROVIDER, ANALYSIS_TEMPLATE, GIT_TARGET, GIT_SYNC, ROLLOUT];
      await stage.until({ what: 'all are Ready', holds: () => statusesOf(stage, kinds).every((status) => status.ready === 'True') });
      assert.equal(statusesOf(stage, kinds).length, kinds.length);
      await life.stop();
      await stage.end();
      assert.deepEqual(stage.refused, []);
    });

    it('promote a good release, and take a bad one out of Git again', async () => {
      const objects = manifestsOf(readPage(path));
      const stage = await createInstalledStage();
      commit(stage, objects, 1);
      await stage.apply(objects);
      const life = stage.start();
      stage.metrics.set('http_requests_total', 1);
      await stage.until(healthyWith(1));
      commit(stage, objects, 2);
      await stage.until(healthyWith(2));
      stage.metrics.set('http_requests_total', 0.5);
      commit(stage, objects, 3);
      await stage.until({ what: 'a restore commit', holds: () => restoreCommits(stage).length > 0 });
      await stage.until(healthyWith(2));
      await life.stop();
      await stage.end();
      assert.equal(restoreCommits(stage).length, 1);
      assert.match(restoreCommits(stage)[0] ?? '', /success-rate/);
      assert.match(restoreCommits(stage)[0] ?? '', /kubectl sluice retry/);
    });
  });
}
