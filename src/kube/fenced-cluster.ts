import type { CallOptions, Cluster } from '../ports/cluster.ts';
import { SluiceError } from '../ports/errors.ts';

/**
 * `cluster` for a leader: reads pass, and a write is refused as soon as `mayWrite` says no, whoever asks for it and as whom.
 *
 * With `lost` (the elector hands it to the leader) a write under way is cut off when leadership is lost, so that none outlives the lease; the caller's own
 * signal then only keeps a write from starting. A leader that stops in good order has to know how its last writes ended before it gives the lease back.
 */
export function fencedCluster(cluster: Cluster, mayWrite: () => boolean, lost?: AbortSignal): Cluster {
  function guarded<T, O extends CallOptions>(options: O, write: (options: O) => Promise<T>): Promise<T> {
    if (!mayWrite() || lost?.aborted === true) {
      return Promise.reject(
        new SluiceError('invariant', 'leadership was lost: this process must not write any more; the new leader goes on'),
      );
    }
    return write(lost === undefined || options.signal?.aborted === true ? options : { ...options, signal: lost });
  }
  return {
    get: (kind, ref, options) => cluster.get(kind, ref, options),
    list: (kind, options) => cluster.list(kind, options),
    watch: (kind, options) => cluster.watch(kind, options),
    create: (kind, object, options = {}) => guarded(options, (bounded) => cluster.create(kind, object, bounded)),
    update: (kind, object, options = {}) => guarded(options, (bounded) => cluster.update(kind, object, bounded)),
    apply: (kind, object, options) => guarded(options, (bounded) => cluster.apply(kind, object, bounded)),
    patch: (kind, ref, patch, options = {}) => guarded(options, (bounded) => cluster.patch(kind, ref, patch, bounded)),
    remove: (kind, ref, options = {}) => guarded(options, (bounded) => cluster.remove(kind, ref, bounded)),
    evict: (ref, options = {}) => guarded(options, (bounded) => cluster.evict(ref, bounded)),
    impersonate: (user, groups) => fencedCluster(cluster.impersonate(user, groups), mayWrite, lost),
  };
}
