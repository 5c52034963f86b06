import type { Cached } from '../../api/cached.ts';
import type { AnalysisCheck } from '../../core/analysis/check-analysis.ts';
import { decideCheckedStatus } from '../../core/analysis/checked-status.ts';
import type { Store } from '../../kube/store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster, ResourceKind } from '../../ports/cluster.ts';
import type { Log } from '../../ports/log.ts';
import type { Reconciler } from '../runtime/reconciler.ts';
import { conditionsOf, writeStatus } from '../runtime/write-status.ts';

/** What the reconcilers of templates and providers work with. */
export interface CheckedKindDeps<T> {
  readonly cluster: Pick<Cluster, 'update'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store<Cached<T>>;
}

/** A kind that only has to type-check. */
export interface CheckedKind<T> {
  readonly name: string;
  readonly kind: ResourceKind;
  /** What it says once it is ready. */
  ready(object: T): string;
  check(object: T): AnalysisCheck;
}

/** Writes `Ready` on an object once its check finds nothing, else `Stalled` with every problem. An object that does not parse is no exception. */
export function createCheckedKindReconciler<T>(deps: CheckedKindDeps<T>, checked: CheckedKind<T>): Reconciler {
  return {
    name: checked.name,
    reconcile: async (key, signal) => {
      const cached = deps.store.get(key);
      if (cached === undefined || cached.raw.metadata.deletionTimestamp !== undefined) return {};
      const { raw, parsed } = cached;
      const check = parsed.ok ? checked.check(parsed.value) : { problems: parsed.problems, unsupported: [] };
      const object = { generation: raw.metadata.generation ?? 0, conditions: conditionsOf(raw) };
      const ready = parsed.ok ? checked.ready(parsed.value) : '';
      const status = decideCheckedStatus(object, check, ready, deps.clock.now());
      const written = await writeStatus(deps.cluster, checked.kind, raw, status, signal);
      if (written !== undefined) deps.log.info(status.message, { kind: raw.kind, name: key, phase: status.phase });
      return {};
    },
  };
}
