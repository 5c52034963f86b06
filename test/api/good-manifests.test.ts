import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatProblem } from '../../src/api/field-problem.ts';
import { OWN_KINDS } from '../../src/api/kinds.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { instant } from '../../src/api/time.ts';
import { lintDocuments } from '../../src/core/lint/lint-documents.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { ownObjects, readCorpus } from './corpus.ts';

describe('a good manifest', () => {
  for (const file of readCorpus('good')) {
    it(`${file.name} has no problem, and exactly the fields that it names are not done yet`, () => {
      const linted = lintDocuments(file.text);
      assert.ok(linted.length > 0);
      assert.deepEqual(
        linted.flatMap((document) => document.problems.map(formatProblem)),
        [],
      );
      assert.deepEqual(
        linted.flatMap((document) => document.unsupported.map((problem) => problem.field)).sort(),
        [...file.unsupported].sort(),
      );
    });

    it(`${file.name} is accepted by the API server with strict field validation`, async () => {
      const cluster = createSimCluster({ clock: createVirtualClock(instant(0)), crds: ownCrds() }).as({
        name: 'a',
        groups: ['system:masters'],
      });
      const objects = ownObjects(file.text);
      assert.ok(objects.length > 0);
      for (const object of objects) {
        const kind = OWN_KINDS.find((known) => known.kind === object.kind);
        assert.ok(kind);
        const placed = kind.namespaced ? { ...object, metadata: { ...object.metadata, namespace: 'default' } } : object;
        const created = await cluster.create(kind, placed, { fieldValidation: 'Strict' });
        assert.deepEqual(created['status'], { observedGeneration: -1 });
      }
    });
  }

  it('only warns of Services and templates that another file may hold', () => {
    const file = readCorpus('good').find((each) => each.name === 'design-example.yaml');
    const [rollout, template] = lintDocuments(file?.text ?? '');
    assert.deepEqual(
      rollout?.warnings.map((warning) => warning.field),
      ['spec.strategy.canary.stableService', 'spec.strategy.canary.canaryService'],
    );
    assert.deepEqual([rollout?.line, rollout?.kind, rollout?.namespace, rollout?.name], [2, 'Rollout', 'shop', 'checkout']);
    assert.deepEqual([template?.line, template?.kind, template?.name], [29, 'AnalysisTemplate', 'checkout-slo']);
  });

  it('of Argo Rollouts is pointed at the apiVersion that moves it', () => {
    const [linted] = lintDocuments('apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a}\nspec: {}\n');
    assert.deepEqual(linted?.problems, []);
    assert.match(linted?.warnings[0]?.remedy ?? '', /write sluice.dev\/v1alpha1/);
  });
});
