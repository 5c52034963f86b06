import type { KubeObject } from '../../src/api/metadata.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { SluiceError } from '../../src/ports/errors.ts';
import { field } from './field.ts';

export interface LeaseWrite {
  readonly by: string;
  readonly holder: string;
}

export interface LeaseServer {
  current: KubeObject | undefined;
  readonly writes: LeaseWrite[];
  /** The cluster as one elector reaches it; `hang` never answers, `fail` answers 500. */
  connect(by: string): { readonly cluster: Pick<Cluster, 'get' | 'create' | 'update'>; mode: 'works' | 'hangs' | 'fails' };
}

function holderOf(object: KubeObject): string {
  return String(field(object, 'spec', 'holderIdentity'));
}

/** One Lease with compare-and-swap, reachable over connections that can break one by one. */
export function createLeaseServer(): LeaseServer {
  let version = 0;
  const server: LeaseServer = {
    current: undefined,
    writes: [],
    connect(by) {
      const store = (object: KubeObject): KubeObject => {
        version += 1;
        server.current = { ...object, metadata: { ...object.metadata, uid: 'lease', resourceVersion: String(version) } };
        server.writes.push({ by, holder: holderOf(object) });
        return server.current;
      };
      const through = async <T>(signal: AbortSignal | undefined, work: () => T): Promise<T> => {
        await Promise.resolve();
        if (connection.mode === 'fails') throw new SluiceError('unavailable', 'HTTP 500');
        if (connection.mode === 'hangs') {
          await new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(new SluiceError('unavailable', 'cancelled')));
          });
        }
        return work();
      };
      const connection: ReturnType<LeaseServer['connect']> = {
        mode: 'works',
        cluster: {
          get: (_kind, _ref, options) => through(options?.signal, () => server.current),
          create: (_kind, object, options) =>
            through(options?.signal, () => {
              if (server.current !== undefined) throw new SluiceError('already_exists', 'exists');
              return store(object);
            }),
          update: (_kind, object, options) =>
            through(options?.signal, () => {
              if (object.metadata.resourceVersion !== server.current?.metadata.resourceVersion) throw new SluiceError('conflict', 'stale');
              return store(object);
            }),
        },
      };
      return connection;
    },
  };
  return server;
}
