import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { didYouMean } from '../../src/api/did-you-mean.ts';
import { fieldPath } from '../../src/api/field-path.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { parseGitSync, parseRollout } from '../../src/api/parse.ts';
import { shownValue } from '../../src/api/shown-value.ts';
import { unknownFields } from '../../src/api/unknown-fields.ts';
import { cachedBy } from '../../src/observe/cached-by.ts';

function rollout(spec: object): KubeObject {
  return { apiVersion: 'sluice.dev/v1alpha1', kind: 'Rollout', metadata: { name: 'a' }, spec };
}

const TEMPLATE = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'a:1', extra: { kept: true } }] } };

describe('parsing', () => {
  it('names every problem of an object, not only the first', () => {
    const parsed = parseRollout(
      rollout({
        replicas: -1,
        selector: { matchLabels: { app: 5 } },
        strategy: { canary: { steps: [{ setWeight: -1 }] } },
        paused: 'yes',
      }),
    );
    assert.ok(!parsed.ok);
    assert.deepEqual(
      parsed.problems.map((problem) => [problem.field, problem.value, problem.remedy]).sort((a, b) => (String(a) < String(b) ? -1 : 1)),
      [
        ['spec.paused', '"yes"', 'write true or false'],
        ['spec.replicas', '-1', 'use 0 or more'],
        ['spec.selector.matchLabels.app', '5', 'write text'],
        ['spec.strategy.canary.steps[0].setWeight', '-1', 'use 0 or more'],
      ],
    );
  });

  it('fills in defaults and keeps the pod template as it is', () => {
    const parsed = parseRollout(rollout({ selector: { matchLabels: { app: 'a' } }, template: TEMPLATE, strategy: { canary: {} } }));
    assert.ok(parsed.ok);
    assert.equal(parsed.value.spec.replicas, 1);
    assert.deepEqual(parsed.value.spec.template, TEMPLATE);
    const sync = parseGitSync({
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'GitSync',
      metadata: { name: 'a' },
      spec: { url: 'file:///a', branch: 'main' },
    });
    assert.ok(sync.ok);
    assert.deepEqual([sync.value.spec.interval, sync.value.spec.prune], ['1m', true]);
  });

  it('leaves out fields that the schema does not know, which the strict check names with what was probably meant', () => {
    const raw = rollout({ selector: { matchlabels: { app: 'a' } }, strategy: { canary: { maxSurg: 1, zzz: 2 } }, template: TEMPLATE });
    assert.ok(parseRollout(raw).ok);
    assert.deepEqual(
      unknownFields(raw).map((problem) => [problem.field, problem.remedy.slice(0, 26)]),
      [
        ['spec.selector.matchlabels', 'did you mean matchLabels?'],
        ['spec.strategy.canary.maxSurg', 'did you mean maxSurge?'],
        ['spec.strategy.canary.zzz', 'remove it; known here: sta'],
      ],
    );
  });

  it('calls a missing field missing', () => {
    const parsed = parseRollout(rollout({}));
    assert.ok(!parsed.ok);
    assert.deepEqual(parsed.problems, [{ field: 'spec.strategy', value: undefined, problem: 'is missing', remedy: 'set it to an object' }]);
  });

  it('keeps an object that cannot be parsed visible in a cache', () => {
    const cached = cachedBy(parseRollout)(rollout({ strategy: 1 }));
    assert.equal(cached.raw.metadata.name, 'a');
    assert.equal(cached.parsed.ok, false);
  });

  it('is not misled by keys that objects have by themselves', () => {
    const labels = JSON.parse('{"__proto__": "a", "constructor": "b", "app": "a"}') as object;
    const raw = rollout({
      selector: { matchLabels: labels },
      template: { ...TEMPLATE, metadata: { labels } },
      strategy: { canary: {} },
      toString: 1,
    });
    const parsed = parseRollout(raw);
    assert.ok(parsed.ok);
    assert.equal(Object.getPrototypeOf(parsed.value.spec.selector.matchLabels), Object.prototype);
    assert.deepEqual(
      unknownFields(raw).map((problem) => problem.field),
      ['spec.toString'],
    );
  });
});

describe('what a message shows', () => {
  it('is a field as kubectl prints it', () => {
    assert.equal(fieldPath(['spec', 'steps', 2, 'setWeight']), 'spec.steps[2].setWeight');
    assert.equal(fieldPath(['metadata', 'labels', 'a.b/c']), 'metadata.labels[a.b/c]');
    assert.equal(fieldPath([]), '(root)');
  });

  it('is a short value without credentials and without the inside of objects', () => {
    assert.equal(shownValue('https://user:secret@example.com/x'), '"https://***@example.com/x"');
    assert.equal(shownValue({ password: 'secret' }), 'an object');
    assert.equal(shownValue('a\u001b[31m\nb'), '"a\\u001b[31m\\nb"');
    assert.ok((shownValue('x'.repeat(500)) ?? '').length < 90);
    assert.equal(shownValue(undefined), undefined);
  });

  it('is the word that was probably meant, or none', () => {
    assert.equal(didYouMean('setweight', ['pause', 'setWeight']), 'setWeight');
    assert.equal(didYouMean('matchLabel', ['matchExpressions', 'matchLabels']), 'matchLabels');
    assert.equal(didYouMean('banana', ['pause', 'setWeight']), undefined);
    assert.equal(didYouMean('x'.repeat(5000), ['pause']), undefined);
  });
});
