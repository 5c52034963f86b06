import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { millis } from '../../src/api/time.ts';
import type { WatchEvent } from '../../src/ports/cluster.ts';
import type { Fixture } from './cluster-contract.ts';
import { at, refused, WIDGET, watchUntil, widget } from './fixtures.ts';

function names(events: readonly WatchEvent[]): readonly string[] {
  return events.map((event) => (event.type === 'BOOKMARK' ? event.type : `${event.type} ${event.object.metadata.name}`));
}

/** get, list and watch. */
export function describeReads(fixture: Fixture): void {
  describe('reading', () => {
    it('gets undefined for a missing object', async () => {
      assert.equal(await fixture.cluster.get(WIDGET, { namespace: fixture.namespace, name: 'nobody' }), undefined);
    });

    it('pages a list under one version, and shows later changes only in a new list', async () => {
      const { cluster, namespace } = fixture;
      for (const name of ['page-a', 'page-b', 'page-c'])
        await cluster.create(WIDGET, widget(namespace, name, {}, { labels: { set: 'page' } }));
      const select = { namespace, labelSelector: 'set=page' };
      const first = await cluster.list(WIDGET, { ...select, limit: 2 });
      assert.equal(first.items.length, 2);
      assert.ok(first.continue);
      await cluster.create(WIDGET, widget(namespace, 'page-d', {}, { labels: { set: 'page' } }));
      const second = await cluster.list(WIDGET, { ...select, limit: 2, continue: first.continue });
      assert.equal(second.resourceVersion, first.resourceVersion);
      assert.equal(second.continue, undefined);
      assert.deepEqual(
        [...first.items, ...second.items].map((item) => item.metadata.name),
        ['page-a', 'page-b', 'page-c'],
      );
      assert.equal((await cluster.list(WIDGET, select)).items.length, 4);
    });

    it('selects by labels and by name', async () => {
      const { cluster, namespace } = fixture;
      const labels = [{ team: 'a', tier: 'web' }, { team: 'b', tier: 'web' }, { team: 'c' }];
      for (const [index, label] of labels.entries())
        await cluster.create(WIDGET, widget(namespace, `pick-${index}`, {}, { labels: { set: 'pick', ...label } }));
      const picked = async (labelSelector: string): Promise<readonly string[]> =>
        (await cluster.list(WIDGET, { namespace, labelSelector: `set=pick,${labelSelector}` })).items.map((item) => item.metadata.name);
      assert.deepEqual(await picked('team=a'), ['pick-0']);
      assert.deepEqual(await picked('team!=a'), ['pick-1', 'pick-2']);
      assert.deepEqual(await picked('team in (a, c)'), ['pick-0', 'pick-2']);
      assert.deepEqual(await picked('tier notin (web)'), ['pick-2']);
      assert.deepEqual(await picked('tier'), ['pick-0', 'pick-1']);
      assert.deepEqual(await picked('!tier'), ['pick-2']);
      const byName = await cluster.list(WIDGET, { namespace, fieldSelector: 'metadata.name=pick-1' });
      assert.deepEqual(
        byName.items.map((item) => item.metadata.name),
        ['pick-1'],
      );
      await refused(cluster.list(WIDGET, { namespace, fieldSelector: 'spec.color=red' }), 'spec_invalid', 400, 'BadRequest');
    });

    it('gives list items their apiVersion and kind or leaves them out, but never others', async () => {
      const { cluster, namespace } = fixture;
      await cluster.create(WIDGET, widget(namespace, 'typed'));
      const { items } = await cluster.list(WIDGET, { namespace, fieldSelector: 'metadata.name=typed' });
      assert.equal(items[0]?.kind, 'Widget');
      assert.equal(items[0]?.apiVersion, 'contract.sluice.dev/v1');
    });

    it('watches from the version of a list without a gap', async () => {
      const { cluster, namespace } = fixture;
      const list = await cluster.list(WIDGET, { namespace });
      const labels = { set: 'watch' };
      await cluster.create(WIDGET, widget(namespace, 'seen', {}, { labels }));
      await cluster.patch(WIDGET, { namespace, name: 'seen' }, { type: 'merge', body: { spec: { replicas: 2 } } });
      await cluster.remove(WIDGET, { namespace, name: 'seen' });
      const options = { namespace, labelSelector: 'set=watch', resourceVersion: list.resourceVersion };
      const events = await watchUntil(cluster, WIDGET, options, (seen) => seen.length === 3);
      assert.deepEqual(names(events), ['ADDED seen', 'MODIFIED seen', 'DELETED seen']);
      const versions = events.map((event) =>
        Number(event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion),
      );
      assert.deepEqual(
        versions,
        [...versions].sort((a, b) => a - b),
      );
      assert.equal(new Set(versions).size, 3);
    });

    it('starts with what is there when no version is given', async () => {
      const { cluster, namespace } = fixture;
      await cluster.create(WIDGET, widget(namespace, 'present', {}, { labels: { set: 'present' } }));
      const events = await watchUntil(cluster, WIDGET, { namespace, labelSelector: 'set=present' }, (seen) => seen.length === 1);
      assert.deepEqual(names(events), ['ADDED present']);
    });

    it('shows an object that stops matching as deleted, and one that starts to match as added', async () => {
      const { cluster, namespace } = fixture;
      const { resourceVersion } = await cluster
        .create(WIDGET, widget(namespace, 'mover', {}, { labels: { lane: 'left' } }))
        .then((made) => made.metadata);
      const label = (lane: string): Promise<unknown> =>
        cluster.patch(WIDGET, { namespace, name: 'mover' }, { type: 'merge', body: { metadata: { labels: { lane } } } });
      await label('right');
      await label('left');
      const events = await watchUntil(
        cluster,
        WIDGET,
        { namespace, labelSelector: 'lane=left', resourceVersion },
        (seen) => seen.length === 2,
      );
      assert.deepEqual(names(events), ['DELETED mover', 'ADDED mover']);
      const [deleted] = events;
      assert.equal(deleted?.type === 'DELETED' && at(deleted.object, 'metadata.labels.lane'), 'left');
    });

    it('ends a watch after its timeout', async () => {
      const { cluster, namespace } = fixture;
      const list = await cluster.list(WIDGET, { namespace });
      for await (const event of cluster.watch(WIDGET, {
        namespace,
        labelSelector: 'set=none',
        resourceVersion: list.resourceVersion,
        timeout: millis(1000),
      })) {
        assert.fail(`nothing was to be seen, but ${JSON.stringify(event)}`);
      }
    });

    it('ends a watch when its caller aborts', async () => {
      const { cluster, namespace } = fixture;
      const stop = new AbortController();
      await cluster.create(WIDGET, widget(namespace, 'stopper', {}, { labels: { set: 'stop' } }));
      let seen = 0;
      for await (const _ of cluster.watch(WIDGET, { namespace, labelSelector: 'set=stop', signal: stop.signal })) {
        seen += 1;
        stop.abort();
      }
      assert.equal(seen, 1);
    });

    it('refuses to watch from a version that is forgotten', async () => {
      const { cluster, namespace } = fixture;
      const watching = (async () => {
        for await (const _ of cluster.watch(WIDGET, { namespace, resourceVersion: '1', timeout: millis(5000) }))
          assert.fail('version 1 is long gone');
      })();
      const error = await refused(watching, 'expired', 410, 'Expired');
      assert.match(error.message, /too old resource version/u);
    });

    it('refuses a continue token that is none', async () => {
      const { cluster, namespace } = fixture;
      await refused(cluster.list(WIDGET, { namespace, limit: 1, continue: 'nonsense' }), 'spec_invalid', 400, 'BadRequest');
    });
  });
}
