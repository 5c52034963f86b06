import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_MAP } from '../../src/api/kinds.ts';
import type { Fixture } from './cluster-contract.ts';
import { at, causesOf, refused, refusedWith, WIDGET, watchUntil, widget } from './fixtures.ts';

const WRONG_UID = '00000000-0000-4000-8000-000000000000';

/** create, update, patch and remove. */
export function describeWrites(fixture: Fixture): void {
  describe('writing', () => {
    it('creates with uid, creation time, generation 1 and the defaults of the schema', async () => {
      const { cluster, namespace } = fixture;
      const made = await cluster.create(WIDGET, widget(namespace, 'fresh', { parts: [{ name: 'a' }] }));
      assert.match(made.metadata.uid ?? '', /^[0-9a-f-]{36}$/u);
      assert.match(String(made.metadata.creationTimestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u);
      assert.equal(made.metadata.generation, 1);
      assert.equal(at(made, 'metadata.selfLink'), undefined);
      assert.deepEqual(made['spec'], { color: 'red', replicas: 1, parts: [{ name: 'a', weight: 1 }] });
      assert.deepEqual(made['status'], { observedGeneration: -1 });
    });

    it('ignores status on create', async () => {
      const { cluster, namespace } = fixture;
      const made = await cluster.create(WIDGET, { ...widget(namespace, 'eager'), status: { phase: 'Done' } });
      assert.deepEqual(made['status'], { observedGeneration: -1 });
    });

    it('refuses to create what exists, and what has a version', async () => {
      const { cluster, namespace } = fixture;
      await cluster.create(WIDGET, widget(namespace, 'twice'));
      await refused(cluster.create(WIDGET, widget(namespace, 'twice')), 'already_exists', 409, 'AlreadyExists');
      await refused(cluster.create(WIDGET, widget(namespace, 'twice', { replicas: -1 })), 'spec_invalid', 422, 'Invalid');
      const error = await refusedWith(cluster.create(WIDGET, widget(namespace, 'versioned', {}, { resourceVersion: '1' })), 500);
      assert.match(error.message, /resourceVersion should not be set on objects to be created/u);
    });

    it('refuses to create in a namespace that is not there', async () => {
      const error = await refused(fixture.cluster.create(WIDGET, widget('not-there', 'lost')), 'not_found', 404, 'NotFound');
      assert.match(error.message, /namespaces "not-there" not found/u);
    });

    it('makes a name from generateName', async () => {
      const { cluster, namespace } = fixture;
      // The API server takes an empty name for none.
      const made = await cluster.create(WIDGET, widget(namespace, '', {}, { generateName: 'gen-' }));
      assert.match(made.metadata.name, /^gen-[a-z0-9]{5}$/u);
    });

    it('replaces under the version that was read, and refuses a stale one', async () => {
      const { cluster, namespace } = fixture;
      const made = await cluster.create(WIDGET, widget(namespace, 'swap'));
      const next = await cluster.update(WIDGET, { ...made, spec: { color: 'red', replicas: 3 } });
      assert.equal(at(next, 'spec.replicas'), 3);
      assert.equal(next.metadata.generation, 2);
      await refused(cluster.update(WIDGET, { ...made, spec: { color: 'red', replicas: 4 } }), 'conflict', 409, 'Conflict');
    });

    it('refuses a replacement of a custom object without a version', async () => {
      const { cluster, namespace } = fixture;
      await cluster.create(WIDGET, widget(namespace, 'blind'));
      const error = await refused(cluster.update(WIDGET, widget(namespace, 'blind', { replicas: 2 })), 'spec_invalid', 422, 'Invalid');
      assert.match(error.message, /metadata.resourceVersion.*must be specified for an update/u);
    });

    it('refuses a replacement with another uid', async () => {
      const { cluster, namespace } = fixture;
      const made = await cluster.create(WIDGET, widget(namespace, 'reborn'));
      await refused(cluster.update(WIDGET, { ...made, metadata: { ...made.metadata, uid: WRONG_UID } }), 'conflict', 409, 'Conflict');
    });

    it('refuses to replace, patch or remove what is missing', async () => {
      const { cluster, namespace } = fixture;
      const ref = { namespace, name: 'missing' };
      await refused(cluster.update(WIDGET, widget(namespace, 'missing', {}, { resourceVersion: '1' })), 'not_found', 404, 'NotFound');
      await refused(cluster.patch(WIDGET, ref, { type: 'merge', body: { spec: { replicas: 1 } } }), 'not_found', 404, 'NotFound');
      await refused(cluster.remove(WIDGET, ref), 'not_found', 404, 'NotFound');
    });

    it('keeps the version when a write changes nothing', async () => {
      const { cluster, namespace } = fixture;
      await cluster.create(WIDGET, widget(namespace, 'same'));
      const made = await cluster.patch(WIDGET, { namespace, name: 'same' }, { type: 'merge', body: { spec: { replicas: 2 } } });
      const put = await cluster.update(WIDGET, made);
      assert.equal(put.metadata.resourceVersion, made.metadata.resourceVersion);
      const patched = await cluster.patch(WIDGET, { namespace, name: 'same' }, { type: 'merge', body: { spec: { color: 'red' } } });
      assert.equal(patched.metadata.resourceVersion, made.metadata.resourceVersion);
    });

    it('stores a defaulted status with the first write after the creation, even one that changes nothing', async () => {
      const { cluster, namespace } = fixture;
      const made = await cluster.create(WIDGET, widget(namespace, 'settling'));
      const first = await cluster.update(WIDGET, made);
      assert.notEqual(first.metadata.resourceVersion, made.metadata.resourceVersion);
      assert.equal(first.metadata.generation, 1);
      const second = await cluster.update(WIDGET, first);
      assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
    });

    it('bumps the generation on a change of the spec only', async () => {
      const { cluster, namespace } = fixture;
      const ref = { namespace, name: 'counter' };
      await cluster.create(WIDGET, widget(namespace, 'counter'));
      const labelled = await cluster.patch(WIDGET, ref, { type: 'merge', body: { metadata: { annotations: { a: 'b' } } } });
      assert.equal(labelled.metadata.generation, 1);
      const status = await cluster.patch(WIDGET, ref, { type: 'merge', body: { status: { phase: 'Up' } } }, { subresource: 'status' });
      assert.equal(status.metadata.generation, 1);
      const changed = await cluster.patch(WIDGET, ref, { type: 'merge', body: { spec: { replicas: 5 } } });
      assert.equal(changed.metadata.generation, 2);
    });

    it('keeps spec and status apart', async () => {
      const { cluster, namespace } = fixture;
      const ref = { namespace, name: 'apart' };
      await cluster.create(WIDGET, widget(namespace, 'apart'));
      const body = { metadata: { labels: { from: 'status' } }, spec: { replicas: 9 }, status: { phase: 'Up' } };
      const status = await cluster.patch(WIDGET, ref, { type: 'merge', body }, { subresource: 'status' });
      assert.equal(at(status, 'spec.replicas'), 1);
      assert.equal(at(status, 'status.phase'), 'Up');
      assert.equal(at(status, 'metadata.labels'), undefined);
      const main = await cluster.patch(WIDGET, ref, { type: 'merge', body: { spec: { replicas: 2 }, status: { phase: 'Down' } } });
      assert.equal(at(main, 'spec.replicas'), 2);
      assert.equal(at(main, 'status.phase'), 'Up');
    });

    it('removes a member that a merge patch sets to null', async () => {
      const { cluster, namespace } = fixture;
      await cluster.create(WIDGET, widget(namespace, 'nulled', { size: 'small' }));
      const patched = await cluster.patch(WIDGET, { namespace, name: 'nulled' }, { type: 'merge', body: { spec: { size: null } } });
      assert.deepEqual(patched['spec'], { color: 'red', replicas: 1 });
    });

    it('applies a JSON patch as a whole or not at all', async () => {
      const { cluster, namespace } = fixture;
      const ref = { namespace, name: 'json' };
      const made = await cluster.create(WIDGET, widget(namespace, 'json', { plain: ['a', 'c'] }));
      const patched = await cluster.patch(WIDGET, ref, {
        type: 'json',
        operations: [
          { op: 'test', path: '/metadata/uid', value: made.metadata.uid },
          { op: 'add', path: '/spec/plain/1', value: 'b' },
          { op: 'add', path: '/metadata/annotations', value: { 'x/y': '1' } },
          { op: 'replace', path: '/metadata/annotations/x~1y', value: '2' },
        ],
      });
      assert.deepEqual(at(patched, 'spec.plain'), ['a', 'b', 'c']);
      assert.equal(patched.metadata.annotations?.['x/y'], '2');
      const failing = {
        type: 'json',
        operations: [
          { op: 'remove', path: '/spec/plain' },
          { op: 'test', path: '/spec/color', value: 'blue' },
        ],
      } as const;
      await refused(cluster.patch(WIDGET, ref, failing), 'spec_invalid', 422, 'Invalid');
      assert.deepEqual(at(await cluster.get(WIDGET, ref), 'spec.plain'), ['a', 'b', 'c']);
    });

    it('refuses a patch with a stale version or another uid', async () => {
      const { cluster, namespace } = fixture;
      const ref = { namespace, name: 'guarded' };
      const made = await cluster.create(WIDGET, widget(namespace, 'guarded'));
      await cluster.patch(WIDGET, ref, { type: 'merge', body: { spec: { replicas: 2 } } });
      const stale = { metadata: { resourceVersion: made.metadata.resourceVersion }, spec: { replicas: 3 } };
      await refused(cluster.patch(WIDGET, ref, { type: 'merge', body: stale }), 'conflict', 409, 'Conflict');
      const error = await refused(
        cluster.patch(WIDGET, ref, { type: 'merge', body: { metadata: { uid: WRONG_UID } } }),
        'spec_invalid',
        422,
        'Invalid',
      );
      assert.match(causesOf(error)[0] ?? '', /^metadata.uid: Invalid value: .*field is immutable$/u);
    });

    it('changes nothing in a dry run', async () => {
      const { cluster, namespace } = fixture;
      const made = await cluster.create(WIDGET, widget(namespace, 'ghost'), { dryRun: true });
      assert.equal(at(made, 'spec.replicas'), 1);
      assert.equal(await cluster.get(WIDGET, { namespace, name: 'ghost' }), undefined);
    });

    it('scales by the scale subresource', async () => {
      const { cluster, namespace } = fixture;
      const ref = { namespace, name: 'scaled' };
      await cluster.create(WIDGET, widget(namespace, 'scaled'));
      await cluster.patch(WIDGET, ref, { type: 'merge', body: { spec: { replicas: 4 } } }, { subresource: 'scale' });
      const after = await cluster.get(WIDGET, ref);
      assert.equal(at(after, 'spec.replicas'), 4);
      assert.equal(after?.metadata.generation, 2);
    });

    it('removes at once, or marks what finalizers hold until they are gone', async () => {
      const { cluster, namespace } = fixture;
      const ref = { namespace, name: 'held' };
      const made = await cluster.create(WIDGET, widget(namespace, 'held', {}, { finalizers: ['contract.sluice.dev/hold'] }));
      await cluster.remove(WIDGET, ref);
      const marked = await cluster.get(WIDGET, ref);
      assert.ok(marked?.metadata.deletionTimestamp);
      assert.equal(marked.metadata.generation, 2);
      const added = cluster.patch(WIDGET, ref, {
        type: 'merge',
        body: { metadata: { finalizers: ['contract.sluice.dev/hold', 'contract.sluice.dev/more'] } },
      });
      const error = await refused(added, 'spec_invalid', 422, 'Invalid');
      assert.match(causesOf(error)[0] ?? '', /^metadata.finalizers: Forbidden: no new finalizers can be added/u);
      await cluster.patch(WIDGET, ref, { type: 'merge', body: { metadata: { finalizers: null } } });
      assert.equal(await cluster.get(WIDGET, ref), undefined);
      const { resourceVersion } = made.metadata;
      const options = { namespace, fieldSelector: 'metadata.name=held', resourceVersion };
      const events = await watchUntil(cluster, WIDGET, options, (seen) => seen.some((event) => event.type === 'DELETED'));
      assert.deepEqual(
        events.map((event) => event.type),
        ['MODIFIED', 'DELETED'],
      );
    });

    it('removes only under the preconditions named', async () => {
      const { cluster, namespace } = fixture;
      const ref = { namespace, name: 'precious' };
      const made = await cluster.create(WIDGET, widget(namespace, 'precious'));
      await refused(cluster.remove(WIDGET, ref, { preconditions: { uid: WRONG_UID } }), 'conflict', 409, 'Conflict');
      await refused(cluster.remove(WIDGET, ref, { preconditions: { resourceVersion: '1' } }), 'conflict', 409, 'Conflict');
      await cluster.remove(WIDGET, ref, { preconditions: { uid: made.metadata.uid, resourceVersion: made.metadata.resourceVersion } });
      assert.equal(await cluster.get(WIDGET, ref), undefined);
    });

    it('replaces a built-in object without a version', async () => {
      const { cluster, namespace } = fixture;
      const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'free', namespace }, data: { a: '1' } };
      await cluster.create(CONFIG_MAP, map);
      const next = await cluster.update(CONFIG_MAP, { ...map, data: { b: '2' } });
      assert.deepEqual(next['data'], { b: '2' });
    });
  });
}
