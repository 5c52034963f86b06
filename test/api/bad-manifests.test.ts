import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatProblem } from '../../src/api/field-problem.ts';
import { OWN_KINDS } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { instant } from '../../src/api/time.ts';
import { lintDocuments } from '../../src/core/lint/lint-documents.ts';
import { isSluiceError } from '../../src/ports/errors.ts';
import { createVirtualClock } from '../../src/sim/clock/virtual-clock.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { ownObjects, readCorpus } from './corpus.ts';
import { CEL_MESSAGES, refusals } from './refusals.ts';

const files = readCorpus('bad');

function simulated() {
  const cluster = createSimCluster({ clock: createVirtualClock(instant(0)), crds: ownCrds() });
  return cluster.as({ name: 'admin', groups: ['system:masters'] });
}

/** Shared: a dry run leaves nothing behind. */
const dryRuns = simulated();

describe('a bad manifest', () => {
  it('is in the corpus for every side that can refuse', () => {
    assert.ok(files.length >= 90);
    for (const side of ['strict', 'schema', 'cel', 'lint'])
      assert.ok(
        files.some((file) => file.refusedBy.includes(side)),
        side,
      );
  });

  for (const file of files) {
    it(`${file.name} is refused by lint at ${file.field} with a remedy`, () => {
      const problems = lintDocuments(file.text).flatMap((document) => document.problems);
      const found = problems.some(
        (problem) => problem.field === file.field && problem.remedy.includes(file.remedy) && problem.remedy !== 'correct it',
      );
      assert.ok(found, `${file.field}: ${file.remedy}\nfound:\n${problems.map(formatProblem).join('\n')}`);
    });

    it(`${file.name} is refused by the API server exactly where it says: ${file.refusedBy.join(' ')}`, async () => {
      const sides = new Set<string>();
      for (const object of ownObjects(file.text)) {
        for (const { side } of await refusals(dryRuns, object)) sides.add(side);
      }
      assert.deepEqual([...sides].sort(), file.refusedBy.filter((side) => side !== 'lint').sort());
    });
  }

  it('is there for every CEL rule', async () => {
    const messages: string[] = [];
    for (const file of files) {
      for (const object of ownObjects(file.text)) messages.push(...(await refusals(dryRuns, object)).map((refusal) => refusal.message));
    }
    const untested = [...new Set(CEL_MESSAGES)].filter((rule) => !messages.some((message) => message.includes(rule)));
    assert.deepEqual(untested, ['selector is immutable; create a Rollout of another name for another selector']);
  });

  it('shows no password of an address', () => {
    for (const file of files.filter((each) => each.name.includes('password'))) {
      const lines = lintDocuments(file.text).flatMap((document) => document.problems.map(formatProblem));
      assert.ok(lines.length > 0);
      assert.ok(
        lines.every((line) => !line.includes('secret@') && !line.includes('user:secret')),
        lines.join('\n'),
      );
    }
  });
});

describe('the selector of a Rollout', () => {
  it('comes and goes with a workloadRef, which has one of its own', async () => {
    const cluster = simulated();
    const kind = OWN_KINDS.find((known) => known.kind === 'Rollout');
    assert.ok(kind);
    const metadata = { name: 'shop', namespace: 'default' };
    const base = { apiVersion: 'sluice.dev/v1alpha1', kind: 'Rollout' };
    const strategy = { canary: {} };
    const workloadRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' };
    const template = { metadata: { labels: { app: 'shop' } }, spec: { containers: [{ name: 'shop', image: 'shop:1' }] } };
    const referring: KubeObject = { ...base, metadata, spec: { workloadRef, strategy } };
    const created = await cluster.create(kind, referring);
    const own = { ...base, metadata: created.metadata, spec: { selector: { matchLabels: { app: 'shop' } }, template, strategy } };
    const changed = await cluster.update(kind, own);
    await assert.rejects(cluster.update(kind, { ...changed, spec: { template, strategy } }), (error) =>
      isSluiceError(error, 'spec_invalid'),
    );
    await cluster.update(kind, { ...referring, metadata: changed.metadata });
  });

  it('cannot be changed', async () => {
    const cluster = simulated();
    const kind = OWN_KINDS.find((known) => known.kind === 'Rollout');
    assert.ok(kind);
    const labels = { app: 'shop', tier: 'web' };
    const rollout = (matchLabels: Record<string, string>): KubeObject => ({
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'shop', namespace: 'default' },
      spec: {
        selector: { matchLabels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'shop', image: 'shop:1' }] } },
        strategy: { canary: {} },
      },
    });
    const created = await cluster.create(kind, rollout({ app: 'shop' }));
    const changed = { ...rollout(labels), metadata: created.metadata };
    await assert.rejects(
      cluster.update(kind, changed),
      (error) => isSluiceError(error, 'spec_invalid') && error.message.includes('selector is immutable'),
    );
  });
});
