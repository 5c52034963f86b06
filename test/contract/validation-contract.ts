import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Fixture } from './cluster-contract.ts';
import { at, causesOf, refused, WIDGET, widget } from './fixtures.ts';

/** What the schema and the rules of a definition refuse, and in which words. */
export function describeValidation(fixture: Fixture): void {
  const create = (name: string, spec: Readonly<Record<string, unknown>>, fieldValidation?: 'Strict'): Promise<unknown> =>
    fixture.cluster.create(WIDGET, widget(fixture.namespace, name, spec), fieldValidation === undefined ? {} : { fieldValidation });

  const CASES: readonly (readonly [string, Readonly<Record<string, unknown>>, readonly string[]])[] = [
    ['type', { replicas: 'two' }, ['spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"']],
    ['minimum', { replicas: -1 }, ['spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0']],
    ['pattern', { color: 'Red' }, [`spec.color: Invalid value: "Red": spec.color in body should match '^[a-z]+$'`]],
    ['enum', { size: 'huge' }, ['spec.size: Unsupported value: "huge": supported values: "small", "large"']],
    ['required', { color: undefined }, ['spec.color: Required value']],
    ['items', { parts: [{ name: 'a' }, { note: 'x' }] }, ['spec.parts[1].name: Required value']],
    ['long', { color: 'abcdefghijabcdefghijk' }, ['spec.color: Too long: may not be more than 20 bytes']],
    ['many', { tags: ['a', 'b', 'c', 'd', 'e', 'f'] }, ['spec.tags: Too many: 6: must have at most 5 items']],
    [
      'int-or-string',
      { surge: true },
      ['spec.surge: Invalid value: "boolean": spec.surge in body must be of type integer,string: "boolean"'],
    ],
    ['duplicate', { parts: [{ name: 'a' }, { name: 'a' }] }, ['spec.parts[1]: Duplicate value: {"name":"a"}']],
    ['duplicate-set', { tags: ['a', 'a'] }, ['spec.tags[1]: Duplicate value: "a"']],
  ];

  describe('validation', () => {
    for (const [what, spec, causes] of CASES) {
      it(`refuses a broken ${what}, naming the field`, async () => {
        const error = await refused(create(`bad-${what}`, spec), 'spec_invalid', 422, 'Invalid');
        assert.match(error.message, new RegExp(`Widget.contract.sluice.dev "bad-${what}" is invalid`, 'u'));
        for (const cause of causes) assert.ok(causesOf(error).includes(cause), `${JSON.stringify(causesOf(error))} lacks ${cause}`);
      });
    }

    it('refuses what a rule forbids, in its words', async () => {
      const error = await refused(create('bad-rule', { replicas: 3, max: 2 }), 'spec_invalid', 422, 'Invalid');
      assert.equal(causesOf(error).length, 1);
      assert.match(causesOf(error)[0] ?? '', /^spec: Invalid value: replicas must not exceed max$/u);
    });

    it('reports every rule that is broken', async () => {
      const error = await refused(create('bad-rules', { replicas: 3, max: 2, ratio: 0.25 }), 'spec_invalid', 422, 'Invalid');
      assert.equal(causesOf(error).length, 2);
    });

    it('reads whole numbers of a number field as numbers', async () => {
      await create('good-ratio', { ratio: 1 });
    });

    it('holds transition rules on update only', async () => {
      const { cluster, namespace } = fixture;
      await create('steady', {});
      const repaint = cluster.patch(WIDGET, { namespace, name: 'steady' }, { type: 'merge', body: { spec: { color: 'blue' } } });
      const error = await refused(repaint, 'spec_invalid', 422, 'Invalid');
      assert.match(causesOf(error)[0] ?? '', /^spec.color: Invalid value: color is immutable$/u);
    });

    it('prunes unknown fields unless they are opaque', async () => {
      const { cluster, namespace } = fixture;
      const made = await cluster.create(WIDGET, {
        ...widget(namespace, 'pruned', { typo: 1, template: { any: { thing: true } }, parts: [{ name: 'a', extra: 1 }] }),
        top: 1,
      });
      assert.deepEqual(made['spec'], { color: 'red', replicas: 1, template: { any: { thing: true } }, parts: [{ name: 'a', weight: 1 }] });
      assert.equal(made['top'], undefined);
    });

    it('refuses unknown fields when asked to be strict, naming each', async () => {
      const error = await refused(
        create('strict', { typo: 1, parts: [{ name: 'a', extra: 1 }] }, 'Strict'),
        'spec_invalid',
        400,
        'BadRequest',
      );
      assert.match(error.message, /strict decoding error: /u);
      assert.match(error.message, /unknown field "spec.typo"/u);
      assert.match(error.message, /unknown field "spec.parts\[0\].extra"/u);
    });

    it('refuses names and labels that Kubernetes cannot hold', async () => {
      const { cluster, namespace } = fixture;
      const named = await refused(cluster.create(WIDGET, widget(namespace, 'Upper_Case')), 'spec_invalid', 422, 'Invalid');
      assert.match(causesOf(named)[0] ?? '', /^metadata.name: Invalid value: "Upper_Case": a lowercase RFC 1123 subdomain/u);
      const labelled = await refused(
        cluster.create(WIDGET, widget(namespace, 'labels', {}, { labels: { a: 'b c' } })),
        'spec_invalid',
        422,
        'Invalid',
      );
      assert.match(causesOf(labelled)[0] ?? '', /^metadata.labels: Invalid value: "b c": a valid label/u);
    });

    it('holds status to its schema as well', async () => {
      const { cluster, namespace } = fixture;
      await create('status-schema', {});
      const patch = { type: 'merge', body: { status: { observedGeneration: -2 } } } as const;
      const error = await refused(
        cluster.patch(WIDGET, { namespace, name: 'status-schema' }, patch, { subresource: 'status' }),
        'spec_invalid',
        422,
        'Invalid',
      );
      assert.match(causesOf(error)[0] ?? '', /^status.observedGeneration: Invalid value: -2/u);
    });

    it('drops a null where the schema has a default', async () => {
      const { cluster, namespace } = fixture;
      const made = await cluster.create(WIDGET, widget(namespace, 'nullish', { replicas: null }));
      assert.equal(at(made, 'spec.replicas'), 1);
    });

    it('drops a null where the schema has none, in lists and maps as well, and keeps it in what is opaque', async () => {
      const { cluster, namespace } = fixture;
      const nulls = {
        size: null,
        tags: null,
        labels: { a: null, b: 'c' },
        parts: [{ name: 'a', weight: null, note: null }],
        template: { a: null },
      };
      const made = await cluster.create(WIDGET, widget(namespace, 'nulls', nulls));
      assert.deepEqual(made['spec'], {
        color: 'red',
        replicas: 1,
        labels: { b: 'c' },
        parts: [{ name: 'a', weight: 1 }],
        template: { a: null },
      });
      const error = await refused(create('needed', { color: null }), 'spec_invalid', 422, 'Invalid');
      assert.match(causesOf(error)[0] ?? '', /^spec.color: Required value/u);
    });
  });
}
