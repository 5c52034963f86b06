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
  /** Who read it, once for each time. */
  readonly reads: string[];
  /** Another writer's change of it. */
  change(spec: Readonly<Record<string, unknown>>): void;
  /** The cluster as one elector reaches it; `hangs` never answers, `fails` answers 500; `loses` and `swallows` do the next thing that they are asked for, and answer 500 or never. */
  connect(by: string): {
    readonly cluster: Pick<Cluster, 'get' | 'create' | 'update'>;
    mode: 'works' | 'hangs' | 'fails' | 'loses' | 'swallows';
  };
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
    reads: [],
    change(spec) {
      if (server.current === undefined) throw new Error('there is no Lease to change');
      version += 1;
      const { metadata, spec: before, ...rest } = server.current;
      server.current = {
        ...rest,
        metadata: { ...metadata, resourceVersion: String(version) },
        spec: { ...(before as Readonly<Record<string, unknown>>), ...spec },
      };
    },
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
        const cutOff = (): Promise<never> =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(new SluiceError('unavailable', 'cancelled')));
          });
        if (connection.mode === 'hangs') await cutOff();
        const answer = work();
        if (connection.mode !== 'loses' && connection.mode !== 'swallows') return answer;
        const { mode } = connection;
        connection.mode = 'works';
        if (mode === 'swallows') await cutOff();
        throw new SluiceError('unavailable', 'HTTP 500');
      };
      const connection: ReturnType<LeaseServer['connect']> = {
        mode: 'works',
        cluster: {
          get: (_kind, _ref, options) =>
            through(options?.signal, () => {
              server.reads.push(by);
              return server.current;
            }),
          create: (_kind, object, options) =>
            through(options?.signal, () => {
              if (server.current !== undefined) throw new SluiceError('already_exists', 'exists');
              return store(object);
            }),
          update: (_kind, object, options) =>
            through(options?.signal, () => {
              if (server.current === undefined) throw new SluiceError('not_found', 'gone');
              if (object.metadata.resourceVersion !== server.current.metadata.resourceVersion) throw new SluiceError('conflict', 'stale');
              return store(object);
            }),
        },
      };
      return connection;
    },
  };
  return server;
}
