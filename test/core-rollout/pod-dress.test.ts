import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { POD_METADATA, POD_METADATA_PENDING, POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import { canonicalJson } from '../../src/core/identity/canonical-json.ts';
import type { ObservedReplicaSet } from '../../src/core/rollout/observed.ts';
import { NO_RULES, rulesAgainst } from '../../src/core/rollout/pods/anti-affinity.ts';
import { dressTemplate, livePodChanges, type PodDress, redress, undressTemplate } from '../../src/core/rollout/pods/pod-dress.ts';
import { fieldsOf } from '../../src/core/sync/fields-of.ts';
import { mergePatch } from '../../src/sim/cluster/json-patch.ts';
import { START } from './world.ts';

type Fields = Readonly<Record<string, unknown>>;

const REQUIRED = { requiredDuringSchedulingIgnoredDuringExecution: {} };
const PREFERRED = { preferredDuringSchedulingIgnoredDuringExecution: { weight: 40 } };
/** An anti-affinity of the user's own. */
const OWN_TERM = { labelSelector: { matchLabels: { app: 'noisy' } }, topologyKey: 'kubernetes.io/hostname' };

function dress(labels: Record<string, string>, rules: PodDress['rules'] = NO_RULES, annotations: Record<string, string> = {}): PodDress {
  return { metadata: { labels, annotations }, rules };
}

function template(labels: Record<string, string> = {}, affinity?: Fields): Fields {
  return {
    metadata: { labels: { app: 'web', [POD_TEMPLATE_HASH]: 'new', ...labels } },
    spec: { containers: [{ name: 'web', image: 'web:1' }], ...(affinity === undefined ? {} : { affinity }) },
  };
}

function setOf(dressed: ReturnType<typeof dressTemplate>): ObservedReplicaSet {
  return {
    name: 'web-new',
    uid: 'u',
    resourceVersion: '1',
    owned: true,
    hash: 'new',
    labels: {},
    annotations: dressed.annotations,
    ownerReferences: [],
    createdAt: START,
    deleting: false,
    specReplicas: 1,
    replicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
    countable: 1,
    generation: 1,
    statusCurrent: true,
    minReadySeconds: 0,
    template: dressed.template,
  };
}

/** The ReplicaSet after the merge patch of a redress. */
function patched(set: ObservedReplicaSet, next: PodDress): ObservedReplicaSet {
  const change = redress(set, next);
  if (change === undefined) return set;
  const annotations = fieldsOf(mergePatch(set.annotations, change.annotations)) as Record<string, string>;
  return { ...set, annotations, template: fieldsOf(mergePatch(set.template, change.template)) };
}

describe('what a revision wears', () => {
  it('is put into its template beside its own labels, and recorded', () => {
    const made = dressTemplate(template(), dress({ role: 'canary' }));
    assert.deepEqual(fieldsOf(made.template['metadata'])['labels'], { app: 'web', [POD_TEMPLATE_HASH]: 'new', role: 'canary' });
    assert.deepEqual(made.annotations, { [POD_METADATA]: '{"annotations":{},"labels":{"role":"canary"}}' });
  });

  it('is nothing at all when nothing is asked for', () => {
    assert.deepEqual(dressTemplate(template(), dress({})), { template: template(), annotations: {} });
  });

  it('is swapped with the names that leave marked for live pods', () => {
    const canary = setOf(dressTemplate(template(), dress({ role: 'canary', watch: 'yes' })));
    const change = redress(canary, dress({ role: 'stable' }));
    assert.deepEqual(change?.template, { metadata: { labels: { role: 'stable', watch: null } } });
    assert.deepEqual(change?.annotations, {
      [POD_METADATA]: '{"annotations":{},"labels":{"role":"stable"}}',
      [POD_METADATA_PENDING]: '{"annotations":[],"labels":["watch"]}',
    });
    const stable = patched(canary, dress({ role: 'stable' }));
    assert.deepEqual(livePodChanges(stable), { labels: { role: 'stable', watch: null }, annotations: {} });
    assert.equal(redress(stable, dress({ role: 'stable' })), undefined);
  });

  it('gives the value back that the template has under the same name', () => {
    const canary = setOf(dressTemplate(template({ tier: 'web' }), dress({ tier: 'test' })));
    const plain = patched(canary, dress({}));
    assert.deepEqual(fieldsOf(plain.template['metadata'])['labels'], { app: 'web', [POD_TEMPLATE_HASH]: 'new', tier: 'web' });
    assert.deepEqual(livePodChanges(plain)?.labels, { tier: 'web' });
    assert.equal(plain.annotations[POD_METADATA], undefined);
  });

  it('remembers every name that live pods still have, however often it is swapped before they follow', () => {
    let set = setOf(dressTemplate(template(), dress({ a: '1' })));
    for (const next of [dress({ b: '1' }), dress({ c: '1' }), dress({ a: '2' })]) set = patched(set, next);
    assert.deepEqual(livePodChanges(set)?.labels, { a: '2', b: null, c: null });
  });

  it('says nothing of live pods once they followed', () => {
    assert.equal(livePodChanges(setOf(dressTemplate(template(), dress({ role: 'stable' })))), undefined);
  });

  it('survives a record that somebody broke: what is asked for is put in again', () => {
    const set = setOf(dressTemplate(template(), dress({ role: 'canary' })));
    const broken = { ...set, annotations: { [POD_METADATA]: '{' } };
    assert.deepEqual(fieldsOf(patched(broken, dress({ role: 'stable' })).template['metadata'])['labels'], {
      app: 'web',
      [POD_TEMPLATE_HASH]: 'new',
      role: 'stable',
    });
  });

  for (const [name, wanted] of [
    ['required', REQUIRED],
    ['preferred', PREFERRED],
  ] as const) {
    it(`keeps its pods off the nodes of stable, ${name}, beside the rules of its own, and forgets that at the promotion`, () => {
      const own = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [OWN_TERM] }, nodeAffinity: { x: 1 } };
      const tested = setOf(dressTemplate(template({}, own), dress({}, rulesAgainst(wanted, 'old'))));
      const lists = fieldsOf(fieldsOf(fieldsOf(tested.template['spec'])['affinity'])['podAntiAffinity']);
      const text = JSON.stringify(lists);
      assert.match(text, /"sluice\.dev\/pod-template-hash","operator":"In","values":\["old"\]/);
      assert.equal((lists['requiredDuringSchedulingIgnoredDuringExecution'] as unknown[]).length, name === 'required' ? 2 : 1);
      if (name === 'preferred') assert.match(text, /"weight":40/);
      assert.deepEqual(patched(tested, dress({})).template, template({}, own));
    });
  }

  it('follows when another revision is stable', () => {
    const tested = setOf(dressTemplate(template(), dress({}, rulesAgainst(REQUIRED, 'old'))));
    const again = patched(tested, dress({}, rulesAgainst(REQUIRED, 'older')));
    assert.match(JSON.stringify(again.template), /"values":\["older"\]/);
    assert.doesNotMatch(JSON.stringify(again.template), /"values":\["old"\]/);
  });

  it('never changes what the author wrote: undressing gives the template back, whatever was put on', () => {
    const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'));
    const affinity = fc.option(
      fc.constantFrom<Fields>(
        { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [OWN_TERM] } },
        { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [OWN_TERM] } },
      ),
      { nil: undefined },
    );
    const rules = fc.constantFrom(NO_RULES, rulesAgainst(REQUIRED, 'old'), rulesAgainst(PREFERRED, 'old'));
    const worn = fc.record({ labels, annotations: labels, rules });
    fc.assert(
      fc.property(labels, affinity, fc.array(worn, { minLength: 1, maxLength: 4 }), (own, wanted, dresses) => {
        const authored = template(own, wanted);
        const [first, ...others] = dresses.map((one) => dress(one.labels, one.rules, one.annotations));
        let set = setOf(dressTemplate(authored, first ?? dress({})));
        for (const next of others) {
          set = patched(set, next);
          assert.equal(redress(set, next), undefined);
          // The API server writes no empty map.
          assert.equal(canonicalJson(set.template).replace('"annotations":{},', ''), canonicalJson(dressTemplate(authored, next).template));
        }
        assert.equal(canonicalJson(undressTemplate(set.template, set.annotations)), canonicalJson(authored));
      }),
    );
  });
});
