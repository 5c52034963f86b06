import type { Instant } from '../../api/time.ts';

export interface ReconcileResult {
  /** When to look again even if nothing changes; absent when only a change can matter. */
  readonly requeueAt?: Instant | undefined;
}

/** One kind's reconciler: observes through caches, decides in core, executes. A throw means: try again with backoff. */
export interface Reconciler {
  readonly name: string;
  /** `key` is `namespace/name`, or `name` for a cluster kind. */
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult>;
}
