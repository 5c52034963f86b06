import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { Fixture } from './cluster-contract.ts';
import { at, causesOf, listAt, refused, refusedWith, WIDGET, widget } from './fixtures.ts';

const WRONG_UID = '00000000-0000-4000-8000-000000000000';

interface Owner {
  readonly manager: string;
  readonly operation: string;
  readonly subresource: unknown;
  readonly fields: unknown;
}

function owners(object: KubeObject): readonly Owner[] {
  const entries = at(object, 'metadata.managedFields');
  if (!Array.isArray(entries)) return [];
  return entries.map((entry: unknown) => ({
    manager: String(at(entry, 'manager')),
    operation: String(at(entry, 'operation')),
    subresource: at(entry, 'subresource'),
    fields: at(entry, 'fieldsV1'),
  }));
}

/** Server-side apply: ownership, conflicts, and the answers that guards rely on. */
export function describeApply(fixture: Fixture): void {
  const apply = (
    name: string,
    spec: Readonly<Record<string, unknown>>,
    manager = 'one',
    more: { force?: boolean; metadata?: Readonly<Record<string, unknown>> } = {},
  ): Promise<KubeObject> => {
    const { namespace, cluster } = fixture;
    const object = { apiVersion: 'contract.sluice.dev/v1', kind: 'Widget', metadata: { name, namespace, ...more.metadata }, spec };
    return cluster.apply(WIDGET, object, { fieldManager: manager, force: more.force });
  };

  describe('server-side apply', () => {
    it('creates what is missing and records who owns which fields', async () => {
      const made = await apply('ssa-new', {
        color: 'red',
        parts: [{ name: 'a', note: 'x' }],
        tags: ['t'],
        plain: ['p'],
        selector: { a: 'b' },
        labels: { c: 'd' },
      });
      assert.equal(made.metadata.generation, 1);
      assert.equal(at(made, 'spec.replicas'), 1);
      const fields = {
        'f:spec': {
          'f:color': {},
          'f:labels': { 'f:c': {} },
          'f:parts': { 'k:{"name":"a"}': { '.': {}, 'f:name': {}, 'f:note': {} } },
          'f:plain': {},
          'f:selector': {},
          'f:tags': { 'v:"t"': {} },
        },
      };
      assert.deepEqual(owners(made), [{ manager: 'one', operation: 'Apply', subresource: undefined, fields }]);
    });

    it('keeps the version when nothing changes', async () => {
      await apply('ssa-same', { color: 'red' });
      const made = await apply('ssa-same', { color: 'red', parts: [{ name: 'a' }] });
      const again = await apply('ssa-same', { color: 'red', parts: [{ name: 'a' }] });
      assert.equal(again.metadata.resourceVersion, made.metadata.resourceVersion);
    });

    it('writes when only the ownership changes', async () => {
      const made = await apply('ssa-shared', { color: 'red' });
      const shared = await apply('ssa-shared', { color: 'red' }, 'two');
      assert.notEqual(shared.metadata.resourceVersion, made.metadata.resourceVersion);
      assert.deepEqual(
        owners(shared)
          .map((owner) => owner.manager)
          .sort(),
        ['one', 'two'],
      );
      assert.equal(shared.metadata.generation, 1);
    });

    it('removes a field that its only owner no longer applies', async () => {
      await apply('ssa-drop', { color: 'red', size: 'small', labels: { a: '1', b: '2' }, parts: [{ name: 'a' }, { name: 'b' }] });
      const next = await apply('ssa-drop', { color: 'red', labels: { a: '1' }, parts: [{ name: 'b' }] });
      assert.deepEqual(next['spec'], { color: 'red', replicas: 1, labels: { a: '1' }, parts: [{ name: 'b', weight: 1 }] });
    });

    it('keeps a field that another manager applies too', async () => {
      await apply('ssa-keep', { color: 'red', size: 'small', parts: [{ name: 'a', note: 'x' }] });
      await apply('ssa-keep', { size: 'small', parts: [{ name: 'a' }] }, 'two');
      const next = await apply('ssa-keep', { color: 'red' });
      assert.equal(at(next, 'spec.size'), 'small');
      assert.deepEqual(at(next, 'spec.parts'), [{ name: 'a', weight: 1 }]);
    });

    it('refuses to change what another manager owns, naming manager and field', async () => {
      await apply('ssa-conflict', { color: 'red', replicas: 2, parts: [{ name: 'a', weight: 5 }] });
      const error = await refused(
        apply('ssa-conflict', { replicas: 3, parts: [{ name: 'a', weight: 6 }] }, 'two'),
        'conflict',
        409,
        'Conflict',
      );
      assert.deepEqual([...causesOf(error)].sort(), [
        '.spec.parts[name="a"].weight: conflict with "one"',
        '.spec.replicas: conflict with "one"',
      ]);
      assert.deepEqual(listAt(error.details, 'fields').map(String).sort(), ['.spec.parts[name="a"].weight', '.spec.replicas']);
    });

    it('takes fields over by force', async () => {
      await apply('ssa-force', { color: 'red', replicas: 2 });
      const taken = await apply('ssa-force', { replicas: 3 }, 'two', { force: true });
      assert.equal(at(taken, 'spec.replicas'), 3);
      assert.deepEqual(
        owners(taken).map((owner) => [owner.manager, owner.fields]),
        [
          ['one', { 'f:spec': { 'f:color': {} } }],
          ['two', { 'f:spec': { 'f:replicas': {} } }],
        ],
      );
    });

    it('names the writer of a plain update in a conflict', async () => {
      const { cluster, namespace } = fixture;
      await apply('ssa-update', { color: 'red' });
      await cluster.patch(
        WIDGET,
        { namespace, name: 'ssa-update' },
        { type: 'merge', body: { spec: { replicas: 7 } } },
        { fieldManager: 'editor' },
      );
      const error = await refused(apply('ssa-update', { color: 'red', replicas: 1 }), 'conflict', 409, 'Conflict');
      assert.deepEqual(causesOf(error), ['.spec.replicas: conflict with "editor" using contract.sluice.dev/v1']);
    });

    it('lets a plain update take fields without asking', async () => {
      const { cluster, namespace } = fixture;
      await apply('ssa-taken', { color: 'red', replicas: 2 });
      const ref = { namespace, name: 'ssa-taken' };
      const taken = await cluster.patch(WIDGET, ref, { type: 'merge', body: { spec: { replicas: 3 } } }, { fieldManager: 'editor' });
      assert.deepEqual(
        owners(taken).map((owner) => [owner.manager, owner.operation, owner.fields]),
        [
          ['one', 'Apply', { 'f:spec': { 'f:color': {} } }],
          ['editor', 'Update', { 'f:spec': { 'f:replicas': {} } }],
        ],
      );
    });

    it('replaces atomic maps and lists as a whole', async () => {
      await apply('ssa-atomic', { color: 'red', selector: { a: '1' }, plain: ['x'] });
      const next = await apply('ssa-atomic', { color: 'red', selector: { b: '2' }, plain: ['y'] });
      assert.deepEqual(at(next, 'spec.selector'), { b: '2' });
      assert.deepEqual(at(next, 'spec.plain'), ['y']);
      const error = await refused(apply('ssa-atomic', { selector: { c: '3' } }, 'two'), 'conflict', 409, 'Conflict');
      assert.deepEqual(causesOf(error), ['.spec.selector: conflict with "one"']);
    });

    it('merges sets and opaque objects', async () => {
      await apply('ssa-merge', { color: 'red', tags: ['a'], template: { x: { y: 1 }, list: [1] } });
      const next = await apply('ssa-merge', { tags: ['b'], template: { x: { z: 2 } } }, 'two');
      assert.deepEqual(listAt(next, 'spec.tags').map(String).sort(), ['a', 'b']);
      assert.deepEqual(at(next, 'spec.template'), { x: { y: 1, z: 2 }, list: [1] });
    });

    it('refuses a stale version', async () => {
      const made = await apply('ssa-stale', { color: 'red' });
      await apply('ssa-stale', { color: 'red', replicas: 2 });
      const { resourceVersion } = made.metadata;
      const error = await refused(
        apply('ssa-stale', { color: 'red', replicas: 3 }, 'one', { metadata: { resourceVersion } }),
        'conflict',
        409,
        'Conflict',
      );
      assert.deepEqual(causesOf(error), []);
      assert.match(error.message, /the object has been modified/u);
    });

    it('creates a missing object although a version is named', async () => {
      const made = await apply('ssa-version', { color: 'red' }, 'one', { metadata: { resourceVersion: '12345' } });
      assert.equal(made.metadata.generation, 1);
    });

    it('refuses to create an object that has to have a uid', async () => {
      const error = await refused(
        apply('ssa-gone', { color: 'red' }, 'one', { metadata: { uid: WRONG_UID } }),
        'conflict',
        409,
        'Conflict',
      );
      assert.match(error.message, /uid mismatch.*no existing object was found/u);
    });

    it('refuses an object with another uid', async () => {
      await apply('ssa-reborn', { color: 'red' });
      const error = await refused(
        apply('ssa-reborn', { color: 'red', replicas: 2 }, 'one', { metadata: { uid: WRONG_UID } }),
        'spec_invalid',
        422,
        'Invalid',
      );
      assert.match(causesOf(error)[0] ?? '', /^metadata.uid: Invalid value: .*field is immutable$/u);
    });

    it('refuses fields that the schema does not declare, strict or not', async () => {
      const { cluster, namespace } = fixture;
      const object = widget(namespace, 'ssa-typo', { typo: 1, parts: [{ name: 'a', extra: 1 }] });
      for (const fieldValidation of ['Ignore', 'Strict'] as const) {
        const error = await refusedWith(cluster.apply(WIDGET, object, { fieldManager: 'one', fieldValidation }), 500);
        assert.match(error.message, /failed to create typed patch object \([\w-]+\/ssa-typo; contract.sluice.dev\/v1, Kind=Widget\): /u);
        assert.match(error.message, /\.spec\.typo: field not declared in schema/u);
      }
    });

    it('refuses a field record in the body', async () => {
      await apply('ssa-record', { color: 'red' });
      const metadata = {
        managedFields: [{ manager: 'x', operation: 'Apply', apiVersion: 'contract.sluice.dev/v1', fieldsType: 'FieldsV1', fieldsV1: {} }],
      };
      await refused(apply('ssa-record', { color: 'red' }, 'one', { metadata }), 'spec_invalid', 400, 'BadRequest');
    });

    it('applies to status apart from spec, and removes what is not sent again', async () => {
      const { cluster, namespace } = fixture;
      await apply('ssa-status', { color: 'red' });
      const head = { apiVersion: 'contract.sluice.dev/v1', kind: 'Widget', metadata: { name: 'ssa-status', namespace } };
      const condition = { type: 'Ready', status: 'True', reason: 'Up' };
      const options = { fieldManager: 'one', subresource: 'status', force: true } as const;
      const first = await cluster.apply(
        WIDGET,
        { ...head, spec: { replicas: 9 }, status: { phase: 'Up', observedGeneration: 1, conditions: [condition] } },
        options,
      );
      assert.equal(at(first, 'spec.replicas'), 1);
      assert.deepEqual(first['status'], { phase: 'Up', observedGeneration: 1, conditions: [condition] });
      assert.equal(first.metadata.generation, 1);
      assert.deepEqual(
        owners(first).map((owner) => [owner.manager, owner.operation, owner.subresource]),
        [
          ['one', 'Apply', undefined],
          ['one', 'Apply', 'status'],
        ],
      );
      const second = await cluster.apply(WIDGET, { ...head, status: { phase: 'Down', observedGeneration: 1 } }, options);
      assert.deepEqual(second['status'], { phase: 'Down', observedGeneration: 1 });
      const third = await apply('ssa-status', { color: 'red' });
      assert.equal(at(third, 'status.phase'), 'Down');
    });

    it('does not create by a status apply', async () => {
      const { cluster, namespace } = fixture;
      const object = { ...widget(namespace, 'ssa-no-status'), status: { phase: 'Up' } };
      await refused(cluster.apply(WIDGET, object, { fieldManager: 'one', subresource: 'status' }), 'not_found', 404, 'NotFound');
    });
  });
}
