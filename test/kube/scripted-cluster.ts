import type { KubeObject } from '../../src/api/metadata.ts';
import type { Cluster, ListOptions, ListPage, ResourceKind, WatchEvent, WatchOptions } from '../../src/ports/cluster.ts';

/** A ConfigMap, small enough to read in a test. */
export function configMap(name: string, resourceVersion: number | string, more: { uid?: string; data?: string } = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', uid: more.uid ?? `uid-${name}`, resourceVersion: String(resourceVersion) },
    data: { value: more.data ?? String(resourceVersion) },
  };
}

/** One watch as the test steers it. */
export interface OpenWatch {
  readonly options: WatchOptions;
  send(...events: WatchEvent[]): void;
  end(): void;
  fail(error: unknown): void;
  readonly isOpen: boolean;
}

type Step = { event: WatchEvent } | { error: unknown } | { end: true };

class ScriptedWatch implements OpenWatch {
  readonly options: WatchOptions;
  readonly #steps: Step[] = [];
  #wake: (() => void) | undefined;
  isOpen = true;

  constructor(options: WatchOptions) {
    this.options = options;
    options.signal?.addEventListener('abort', () => this.end());
  }

  send(...events: WatchEvent[]): void {
    for (const event of events) this.#push({ event });
  }

  end(): void {
    this.#push({ end: true });
  }

  fail(error: unknown): void {
    this.#push({ error });
  }

  #push(step: Step): void {
    this.#steps.push(step);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent> {
    try {
      for (;;) {
        const step = this.#steps.shift();
        if (step === undefined) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        } else if ('event' in step) {
          yield step.event;
        } else if ('error' in step) {
          throw step.error;
        } else {
          return;
        }
      }
    } finally {
      this.isOpen = false;
    }
  }
}

export interface ScriptedCluster extends Pick<Cluster, 'list' | 'watch'> {
  /** Answers of `list` in order; the last one is repeated. A thrown value is the call's failure. */
  readonly lists: ((options: ListOptions) => ListPage)[];
  readonly listCalls: ListOptions[];
  readonly watches: OpenWatch[];
  /** Failures of the next watches, before they open. */
  readonly refusals: unknown[];
}

export function page(items: readonly KubeObject[], resourceVersion: number, next?: string): ListPage {
  return { items, resourceVersion: String(resourceVersion), ...(next === undefined ? {} : { continue: next }) };
}

/** A cluster of one kind whose every answer the test decides. */
export function createScriptedCluster(...lists: ListPage[]): ScriptedCluster {
  const cluster: ScriptedCluster = {
    lists: lists.map((answer) => () => answer),
    listCalls: [],
    watches: [],
    refusals: [],
    list(_kind: ResourceKind, options: ListOptions = {}) {
      cluster.listCalls.push(options);
      return Promise.resolve().then(() => {
        const answer = cluster.lists.length > 1 ? cluster.lists.shift() : cluster.lists[0];
        return answer?.(options) ?? page([], 1);
      });
    },
    watch(_kind: ResourceKind, options: WatchOptions = {}) {
      const watch = new ScriptedWatch(options);
      cluster.watches.push(watch);
      const refusal = cluster.refusals.shift();
      if (refusal !== undefined) watch.fail(refusal);
      return watch;
    },
  };
  return cluster;
}
