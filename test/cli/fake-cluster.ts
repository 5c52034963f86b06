import type { KindDescriptor } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { recordAt } from '../../src/cli/model/fields.ts';
import type { Cluster, ObjectRef, Patch, WatchEvent, WatchOptions, WriteOptions } from '../../src/ports/cluster.ts';
import { SluiceError } from '../../src/ports/errors.ts';
import { parseLabelSelector } from '../../src/sim/cluster/selectors.ts';

export interface RecordedPatch {
  readonly kind: string;
  readonly ref: ObjectRef;
  readonly patch: Patch;
  readonly options: WriteOptions | undefined;
}

/** A cluster in memory for one test: records every patch and lets the test play the controller. */
export class FakeCluster implements Cluster {
  readonly patches: RecordedPatch[] = [];
  /** Called after a patch was stored: what the controller does in answer. */
  answer: ((patched: KubeObject) => void) | undefined;
  /** Thrown by every request. */
  failure: Error | undefined;
  /** Kinds that this person may not list. */
  readonly forbidden = new Set<string>();
  readonly #objects = new Map<string, KubeObject>();
  readonly #watchers = new Set<{ kind: string; push: (event: WatchEvent) => void }>();
  #version = 100;

  put(kind: KindDescriptor, object: KubeObject): KubeObject {
    const key = keyOf(kind.plural, object.metadata);
    const type = this.#objects.has(key) ? 'MODIFIED' : 'ADDED';
    this.#version += 1;
    const stored: KubeObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#objects.set(key, stored);
    for (const watcher of this.#watchers) if (watcher.kind === kind.plural) watcher.push({ type, object: stored });
    return stored;
  }

  drop(kind: KindDescriptor, ref: ObjectRef): void {
    const key = keyOf(kind.plural, ref);
    const object = this.#objects.get(key);
    this.#objects.delete(key);
    if (object === undefined) return;
    for (const watcher of this.#watchers) if (watcher.kind === kind.plural) watcher.push({ type: 'DELETED', object });
  }

  async get(kind: KindDescriptor, ref: ObjectRef): Promise<KubeObject | undefined> {
    this.#mayFail();
    return this.#objects.get(keyOf(kind.plural, ref));
  }

  async list(kind: KindDescriptor, options: { namespace?: string | undefined; labelSelector?: string | undefined } = {}) {
    this.#mayFail();
    if (this.forbidden.has(kind.plural)) throw new SluiceError('forbidden', `${kind.plural} is forbidden`, { details: { status: 403 } });
    const items = [...this.#objects.entries()]
      .filter(([key]) => key.startsWith(`${kind.plural}|`))
      .map(([, object]) => object)
      .filter((object) => options.namespace === undefined || object.metadata.namespace === options.namespace)
      .filter(parseLabelSelector(options.labelSelector));
    return { items, resourceVersion: String(this.#version) };
  }

  async *watch(kind: KindDescriptor, options: WatchOptions = {}): AsyncGenerator<WatchEvent> {
    this.#mayFail();
    const waiting: WatchEvent[] = [];
    let wake = Promise.withResolvers<void>();
    const watcher = {
      kind: kind.plural,
      push: (event: WatchEvent) => {
        waiting.push(event);
        wake.resolve();
      },
    };
    this.#watchers.add(watcher);
    options.signal?.addEventListener('abort', () => wake.resolve(), { once: true });
    // Changes between the read and the watch are history that a real server replays.
    for (const object of this.#objects.values()) {
      const isNewer = options.resourceVersion !== undefined && Number(object.metadata.resourceVersion) > Number(options.resourceVersion);
      if (object.kind === kind.kind && isNewer) watcher.push({ type: 'MODIFIED', object });
    }
    try {
      while (options.signal?.aborted !== true) {
        const next = waiting.shift();
        if (next !== undefined) {
          yield next;
          continue;
        }
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
    } finally {
      this.#watchers.delete(watcher);
    }
  }

  async patch(kind: KindDescriptor, ref: ObjectRef, patch: Patch, options?: WriteOptions): Promise<KubeObject> {
    this.#mayFail();
    this.patches.push({ kind: kind.kind, ref, patch, options });
    const object = this.#objects.get(keyOf(kind.plural, ref));
    if (object === undefined) throw new SluiceError('not_found', `${kind.plural} "${ref.name}" not found`);
    if (options?.dryRun === true) return object;
    const annotations = patch.type === 'merge' ? textsAt(patch.body) : {};
    const stored = this.put(kind, {
      ...object,
      metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
    });
    this.answer?.(stored);
    return stored;
  }

  evict(): Promise<void> {
    throw new Error('the CLI evicts nothing');
  }

  create(): Promise<KubeObject> {
    throw new Error('the CLI creates nothing');
  }

  update(): Promise<KubeObject> {
    throw new Error('the CLI replaces nothing');
  }

  apply(): Promise<KubeObject> {
    throw new Error('the CLI applies nothing');
  }

  remove(): Promise<void> {
    throw new Error('the CLI deletes nothing');
  }

  impersonate(): Cluster {
    throw new Error('the CLI acts as the person, never as somebody else');
  }

  get watching(): number {
    return this.#watchers.size;
  }

  #mayFail(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

function textsAt(body: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(recordAt(body, 'metadata', 'annotations')).map(([key, value]) => [key, String(value)]));
}

function keyOf(plural: string, ref: { namespace?: string | undefined; name: string }): string {
  return `${plural}|${ref.namespace ?? ''}/${ref.name}`;
}
