import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CUSTOM_RESOURCE_DEFINITION, OWN_KINDS, ROLLOUT } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/metadata.ts';
import { ownCrds } from '../../../src/api/own-crds.ts';
import { isSluiceError } from '../../../src/ports/errors.ts';
import { ownObjects, readCorpus } from '../../api/corpus.ts';
import { CEL_MESSAGES, refusals } from '../../api/refusals.ts';
import { at } from '../../contract/fixtures.ts';
import { installCrds } from '../run/furnish.ts';
import { type Connection, connect } from '../run/lab-cluster.ts';
import { kubeconfigOfTest } from './support/kubeconfig-of-test.ts';
import { untilListed } from './support/until-listed.ts';

const bad = readCorpus('bad');
const good = readCorpus('good');

function rollout(name: string, spec: Readonly<Record<string, unknown>> = {}): KubeObject {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Rollout',
    metadata: { name, namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name, tier: 'web' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
      strategy: { canary: {} },
      ...spec,
    },
  };
}

describe("Sluice's definitions on a real API server", () => {
  let connection: Connection;
  before(async () => {
    connection = connect(kubeconfigOfTest());
    await installCrds(connection.cluster, ownCrds());
    await untilListed(connection.cluster, OWN_KINDS);
  });
  after(() => connection.close());

  it('are accepted as structural, with every rule within its cost', async () => {
    for (const crd of ownCrds()) {
      const found = await connection.cluster.get(CUSTOM_RESOURCE_DEFINITION, { name: crd.metadata.name });
      const conditions = at(found, 'status.conditions');
      assert.ok(Array.isArray(conditions));
      const said = Object.fromEntries(conditions.map((condition: unknown) => [String(at(condition, 'type')), at(condition, 'status')]));
      assert.equal(said['Established'], 'True', crd.metadata.name);
      assert.notEqual(said['NonStructuralSchema'], 'True', JSON.stringify(conditions));
    }
  });

  for (const file of bad) {
    it(`${file.name} is refused exactly where it says: ${file.refusedBy.join(' ')}`, async () => {
      const sides = new Set<string>();
      for (const object of ownObjects(file.text)) for (const { side } of await refusals(connection.cluster, object)) sides.add(side);
      assert.deepEqual([...sides].sort(), file.refusedBy.filter((side) => side !== 'lint').sort());
    });
  }

  it('a bad manifest shows every CEL rule at work', async () => {
    const messages: string[] = [];
    for (const file of bad)
      for (const object of ownObjects(file.text))
        messages.push(...(await refusals(connection.cluster, object)).map((refusal) => refusal.message));
    const untested = [...new Set(CEL_MESSAGES)].filter((rule) => !messages.some((message) => message.includes(rule)));
    assert.deepEqual(untested, ['selector is immutable; create a Rollout of another name for another selector']);
  });

  for (const file of good) {
    it(`${file.name} is accepted without a word`, async () => {
      for (const object of ownObjects(file.text)) assert.deepEqual(await refusals(connection.cluster, object), []);
    });
  }

  it('keep the selector of a Rollout as it was made', async () => {
    const { cluster } = connection;
    const created = await cluster.create(ROLLOUT, rollout('crd-selector'));
    const changed = {
      ...rollout('crd-selector', { selector: { matchLabels: { app: 'crd-selector', tier: 'web' } } }),
      metadata: created.metadata,
    };
    await assert.rejects(cluster.update(ROLLOUT, changed), /selector is immutable/);
    await cluster.remove(ROLLOUT, { namespace: 'default', name: 'crd-selector' });
  });

  it('fill in what a new Rollout leaves out: one replica, and a status that says nobody looked yet', async () => {
    const { cluster } = connection;
    const created = await cluster.create(ROLLOUT, rollout('crd-defaults'));
    assert.equal(at(created, 'spec.replicas'), 1);
    assert.equal(at(created, 'status.observedGeneration'), -1);
    await cluster.remove(ROLLOUT, { namespace: 'default', name: 'crd-defaults' });
  });

  it('let the status of an object be written that was stored under older rules and breaks a newer one', async () => {
    const { cluster } = connection;
    const own = ownCrds().find((crd) => crd.metadata.name === 'rollouts.sluice.dev');
    assert.ok(own);
    await installCrds(cluster, [withoutRules(own)]);
    const broken = rollout('crd-upgrade', { strategy: { canary: {}, blueGreen: { activeService: 'a' } } });
    const stored = await createOnceAccepted(() => cluster.create(ROLLOUT, broken));
    await installCrds(cluster, [own]);
    await untilRefused(() =>
      cluster.create(ROLLOUT, { ...broken, metadata: { name: 'crd-refused', namespace: 'default' } }, { dryRun: true }),
    );
    const written = await cluster.update(
      ROLLOUT,
      { ...stored, status: { observedGeneration: 1, phase: 'Degraded', message: 'two strategies' } },
      { subresource: 'status' },
    );
    assert.equal(at(written, 'status.phase'), 'Degraded');
    const labelled = await cluster.patch(
      ROLLOUT,
      { namespace: 'default', name: 'crd-upgrade' },
      { type: 'merge', body: { metadata: { labels: { a: 'b' } } } },
    );
    assert.equal(labelled.metadata.labels?.['a'], 'b');
    await cluster.remove(ROLLOUT, { namespace: 'default', name: 'crd-upgrade' });
  });
});

function withoutRules(crd: KubeObject): KubeObject {
  return JSON.parse(JSON.stringify(crd, (key, value: unknown) => (key === 'x-kubernetes-validations' ? undefined : value))) as KubeObject;
}

/** A changed definition is followed a moment later. */
async function createOnceAccepted(create: () => Promise<KubeObject>): Promise<KubeObject> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await create();
    } catch (error) {
      if (tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function untilRefused(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      await work();
    } catch (error) {
      assert.ok(isSluiceError(error, 'spec_invalid') || isSluiceError(error, 'rate_limited'), String(error));
      if (isSluiceError(error, 'spec_invalid')) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail('the newer rules never took effect');
}
