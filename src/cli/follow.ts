import type { KubeObject } from '../api/metadata.ts';
import { type Millis, millis } from '../api/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster, ObjectRef, ResourceKind } from '../ports/cluster.ts';
import { isSluiceError } from '../ports/errors.ts';
import { sleep } from '../ports/sleep.ts';

/** How long to wait before a watch that broke is opened again, and how often in a row that may fail. */
const REOPEN_AFTER = millis(1000);
const REOPEN_LIMIT = 5;

export interface FollowOptions {
  readonly cluster: Pick<Cluster, 'get' | 'watch'>;
  readonly clock: Clock;
  readonly kind: ResourceKind;
  readonly ref: ObjectRef;
  readonly signal: AbortSignal;
}

/** The object as it is, then each time that it changes; undefined once it is gone. Ends with `signal`; broken watches are opened again. */
export async function* followObject(options: FollowOptions): AsyncGenerator<KubeObject | undefined> {
  const { cluster, clock, kind, ref, signal } = options;
  let failures = 0;
  let lastVersion: string | undefined;
  while (!signal.aborted) {
    try {
      const object = await cluster.get(kind, ref, { signal });
      if (object === undefined) {
        yield undefined;
        return;
      }
      if (object.metadata.resourceVersion !== lastVersion) yield object;
      lastVersion = object.metadata.resourceVersion;
      failures = 0;
      const fieldSelector = `metadata.name=${ref.name}`;
      for await (const event of cluster.watch(kind, { namespace: ref.namespace, fieldSelector, resourceVersion: lastVersion, signal })) {
        if (event.type === 'BOOKMARK') continue;
        lastVersion = event.object.metadata.resourceVersion;
        yield event.type === 'DELETED' ? undefined : event.object;
        if (event.type === 'DELETED') return;
      }
    } catch (error) {
      // An interrupted wait is no failure; what cannot mend itself, or does not within the limit, is the caller's.
      if (signal.aborted) return;
      failures += 1;
      if (!isTransient(error) || failures > REOPEN_LIMIT) throw error;
    }
    await sleep(clock, REOPEN_AFTER, signal);
  }
}

function isTransient(error: unknown): boolean {
  return ['expired', 'unavailable', 'timeout', 'rate_limited'].some((code) => isSluiceError(error) && error.code === code);
}

/** A signal that is aborted with `outer`, or after `delay`; `dispose` stops the timer. */
export function deadlineSignal(
  clock: Clock,
  delay: Millis,
  outer: AbortSignal,
): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const controller = new AbortController();
  const timer = clock.startTimer(delay, () => controller.abort());
  return { signal: AbortSignal.any([outer, controller.signal]), dispose: () => timer.cancel() };
}
