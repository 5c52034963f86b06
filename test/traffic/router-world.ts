import assert from 'node:assert/strict';
import { NAMESPACE, ROLLOUT } from '../../src/api/kinds.ts';
import { API_VERSION } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { Cluster, ResourceKind } from '../../src/ports/cluster.ts';
import type { RoutedRollout, RouterObjects, RouteWrite } from '../../src/ports/traffic-router.ts';

/** Where a router's objects live while the suite looks at them. */
export interface RouterWorld {
  /** Of the Rollout, which exists wherever a garbage collector could miss it. */
  readonly uid: string;
  /** Adds an object, or replaces the one of its name as its owner would. */
  put(object: KubeObject): Promise<void>;
  remove(kind: ResourceKind, name: string): Promise<void>;
  /** Does what the executor does with a write. */
  apply(write: RouteWrite): Promise<void>;
  /** What a router reads now. */
  read(): RouterObjects;
  /** Every object now, in the order in which they were first put. */
  all(): readonly KubeObject[];
}

/** A world for one test, its objects in the namespace of the Rollout. */
export type StartWorld = (rollout: RoutedRollout, crds: readonly KubeObject[]) => Promise<RouterWorld>;

function keyOf(kind: string, name: string): string {
  return `${kind}/${name}`;
}

function served(objects: ReadonlyMap<string, KubeObject>): RouterObjects {
  return { get: (kind, name) => objects.get(keyOf(kind.kind, name)), availability: () => 'Served' };
}

/** Objects in a map, with the rules of the API server that a write can break: uid, resourceVersion, one object a name. */
export function plainWorld(rollout: RoutedRollout): RouterWorld {
  const objects = new Map<string, KubeObject>();
  let version = 0;
  const store = (object: KubeObject, uid: string, generation: number): void => {
    version += 1;
    const metadata = { ...object.metadata, uid, generation, resourceVersion: String(version) };
    objects.set(keyOf(object.kind, object.metadata.name), { ...object, metadata });
  };
  const replace = (object: KubeObject, held: KubeObject): void => {
    const sameSpec = JSON.stringify(object['spec']) === JSON.stringify(held['spec']);
    store(object, held.metadata.uid ?? '', (held.metadata.generation ?? 1) + (sameSpec ? 0 : 1));
  };
  return {
    uid: rollout.uid,
    put: async (object) => {
      const held = objects.get(keyOf(object.kind, object.metadata.name));
      if (held === undefined) store(object, `uid-${version + 1}`, 1);
      else replace(object, held);
    },
    remove: async (kind, name) => void objects.delete(keyOf(kind.kind, name)),
    apply: async (write) => {
      const name = write.type === 'delete' ? write.name : write.object.metadata.name;
      const held = objects.get(keyOf(write.kind.kind, name));
      if (write.type === 'create') {
        assert.equal(held, undefined, `${name} exists`);
        return store(write.object, `uid-${version + 1}`, 1);
      }
      const seen = write.type === 'delete' ? write : write.object.metadata;
      assert.deepEqual(
        [seen.uid, seen.resourceVersion],
        [held?.metadata.uid, held?.metadata.resourceVersion],
        `${name} is not what was read`,
      );
      if (write.type === 'delete') objects.delete(keyOf(write.kind.kind, name));
      else if (held !== undefined) replace(write.object, held);
    },
    read: () => served(objects),
    all: () => [...objects.values()],
  };
}

/** Objects in an API server that serves their kinds, in a namespace of their own that is emptied first; what the server adds and refuses is seen by the suite. */
export async function clusterWorld(
  cluster: Cluster,
  { namespace, name: owner }: RoutedRollout,
  kinds: readonly ResourceKind[],
): Promise<RouterWorld> {
  const order: string[] = [];
  let objects: ReadonlyMap<string, KubeObject> = new Map();

  const refresh = async (): Promise<void> => {
    const found = new Map<string, KubeObject>();
    for (const kind of kinds) {
      const { items } = await cluster.list(kind, { namespace });
      for (const item of items) found.set(keyOf(kind.kind, item.metadata.name), { ...item, apiVersion: versionOf(kind), kind: kind.kind });
    }
    for (const key of found.keys()) if (!order.includes(key)) order.push(key);
    objects = found;
  };
  const kindOf = (object: KubeObject): ResourceKind => {
    const kind = kinds.find((one) => one.kind === object.kind);
    assert.ok(kind, `the suite does not know the kind ${object.kind}`);
    return kind;
  };
  const options = { fieldManager: 'contract', fieldValidation: 'Strict' } as const;
  const withStatus = async (kind: ResourceKind, object: KubeObject, written: KubeObject): Promise<void> => {
    if (object['status'] === undefined) return;
    await cluster.update(kind, { ...written, status: object['status'] }, { ...options, subresource: 'status' });
  };
  const uid = await ownerIn(cluster, namespace, owner);
  await refresh();
  for (const { kind, metadata } of objects.values()) {
    const left = kinds.find((one) => one.kind === kind);
    if (left !== undefined) await cluster.remove(left, { namespace, name: metadata.name });
  }
  await refresh();
  return {
    uid,
    put: async (object) => {
      const kind = kindOf(object);
      const held = objects.get(keyOf(object.kind, object.metadata.name));
      const { uid: _uid, resourceVersion: _version, ...metadata } = { ...object.metadata, namespace };
      const written =
        held === undefined
          ? await cluster.create(kind, { ...object, metadata }, options)
          : await cluster.update(kind, { ...object, metadata: { ...metadata, resourceVersion: held.metadata.resourceVersion } }, options);
      await withStatus(kind, object, written);
      await refresh();
    },
    remove: async (kind, name) => {
      await cluster.remove(kind, { namespace, name });
      await refresh();
    },
    apply: async (write) => {
      if (write.type === 'create') await cluster.create(write.kind, write.object, options);
      else if (write.type === 'update') await cluster.update(write.kind, write.object, options);
      else {
        const { uid, resourceVersion } = write;
        await cluster.remove(write.kind, { namespace, name: write.name }, { preconditions: { uid, resourceVersion } });
      }
      await refresh();
    },
    read: () => served(objects),
    all: () => order.flatMap((key) => objects.get(key) ?? []),
  };
}

/** The uid of the Rollout of this name, in a namespace that is made when it is missing. */
async function ownerIn(cluster: Cluster, namespace: string, name: string): Promise<string> {
  if ((await cluster.get(NAMESPACE, { name: namespace })) === undefined) {
    await cluster.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  }
  const rollout = {
    apiVersion: API_VERSION,
    kind: 'Rollout',
    metadata: { name, namespace },
    spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } } }, strategy: { canary: {} } },
  };
  const owner = (await cluster.get(ROLLOUT, { namespace, name })) ?? (await cluster.create(ROLLOUT, rollout));
  return owner.metadata.uid ?? '';
}

function versionOf(kind: ResourceKind): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}
