import { createSystemClock } from '../../../../src/adapters/clock/system-clock.ts';
import { CONFIG_MAP } from '../../../../src/api/kinds.ts';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import { createInformer, type Informer } from '../../../../src/kube/informer.ts';
import { loadKubeConfig } from '../../../../src/kube/kube-config.ts';
import { createResourceClient } from '../../../../src/kube/resource-client.ts';
import { createTransport } from '../../../../src/kube/transport.ts';
import type { Cluster } from '../../../../src/ports/cluster.ts';
import { isSluiceError } from '../../../../src/ports/errors.ts';
import { quietLog } from '../../../kube/quiet-log.ts';
import { until } from './until.ts';

/** Sluice's own informer on ConfigMaps of one namespace, with everything between it and the API server written down. */
export interface Follower {
  readonly informer: Informer<KubeObject>;
  /** Codes of the errors that its lists and watches ended with. */
  readonly errors: readonly string[];
  /** `limit` and size of each page that it was given. */
  readonly pages: readonly number[];
  /** Keys of objects whose deletion it told of. */
  readonly deleted: readonly string[];
  names(): readonly string[];
  close(): Promise<void>;
}

function recorded(cluster: Cluster, errors: string[], pages: number[]): Pick<Cluster, 'list' | 'watch'> {
  const note = (error: unknown): never => {
    errors.push(isSluiceError(error) ? error.code : String(error));
    throw error;
  };
  return {
    list: async (kind, options) => {
      const page = await cluster.list(kind, options).catch(note);
      pages.push(page.items.length);
      return page;
    },
    async *watch(kind, options) {
      try {
        yield* cluster.watch(kind, options);
      } catch (error) {
        note(error);
      }
    },
  };
}

/** Starts to follow; resolves at once, use `informer.hasSynced`. */
export function follow(kubeconfig: string, namespace: string): Follower {
  const clock = createSystemClock();
  const transport = createTransport({ endpoint: loadKubeConfig({ file: kubeconfig, clock }), clock, userAgent: 'follower/1' });
  const [errors, pages, deleted]: [string[], number[], string[]] = [[], [], []];
  const cluster = recorded(createResourceClient(transport), errors, pages);
  const informer = createInformer({
    cluster,
    kind: CONFIG_MAP,
    namespace,
    parse: (object) => object,
    clock,
    random: Math.random,
    log: quietLog(),
  });
  informer.onChange((change) => {
    if (change.current === undefined) deleted.push(change.key);
  });
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  return {
    informer,
    errors,
    pages,
    deleted,
    names: () =>
      informer.store
        .list()
        .map((object) => object.metadata.name)
        .filter((name) => name !== 'kube-root-ca.crt')
        .toSorted(),
    async close() {
      stop.abort();
      await running;
      await transport.close();
    },
  };
}

/** Waits until the cache holds exactly these objects. */
export function shows(follower: Follower, names: readonly string[], seconds = 40): Promise<true> {
  return until(
    `the cache holds ${names.join(', ')}`,
    () => (follower.names().join() === names.toSorted().join() ? true : undefined),
    seconds,
    () => ({ names: follower.names(), errors: follower.errors }),
  );
}
