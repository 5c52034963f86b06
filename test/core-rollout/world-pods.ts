import { type Instant, instant } from '../../src/api/time.ts';
import type { EvictionRefusal, ObservedPod, ObservedRestart } from '../../src/core/rollout/observed.ts';

interface NamedPod {
  readonly name: string;
  readonly createdAt: Instant;
}

/** The pods behind the counts of a tiny world: each has a name and a time of birth. Those in front serve. */
export class WorldPods {
  readonly evicted: string[] = [];
  /** What a disruption budget says; undefined lets every pod go. */
  budget: string | undefined;
  refused: EvictionRefusal | undefined;
  readonly #pods = new Map<string, NamedPod[]>();
  readonly #ready = new Map<string, number>();
  #count = 0;

  /** A ReplicaSet has this many pods now, so many of which serve; new ones are born now, and the newest leave first. */
  sync(owner: string, ready: number, total: number, now: Instant): void {
    const pods = this.#pods.get(owner) ?? [];
    this.#pods.set(owner, pods);
    this.#ready.set(owner, ready);
    while (pods.length > total) pods.pop();
    while (pods.length < total) {
      this.#count += 1;
      pods.push({ name: `pod-${this.#count}`, createdAt: now });
    }
  }

  /** Takes a pod away; its ReplicaSet's uid and whether it served, undefined when the budget refuses. */
  evict(name: string, available: number, now: Instant): { readonly owner: string; readonly served: boolean } | undefined {
    if (this.budget !== undefined) {
      const since = this.refused?.since ?? now;
      this.refused = { pod: name, message: this.budget, since, until: instant(now + 30_000), available };
      return undefined;
    }
    this.refused = undefined;
    for (const [owner, pods] of this.#pods) {
      const index = pods.findIndex((pod) => pod.name === name);
      if (index < 0) continue;
      pods.splice(index, 1);
      this.evicted.push(name);
      return { owner, served: index < (this.#ready.get(owner) ?? 0) };
    }
    throw new Error(`no pod ${name}`);
  }

  oldest(): Instant {
    return instant(Math.min(...[...this.#pods.values()].flat().map((pod) => pod.createdAt)));
  }

  observe(): ObservedRestart {
    const pods = [...this.#pods].flatMap(([ownerUid, list]) =>
      list.map(
        (pod, index): ObservedPod => ({
          ...pod,
          uid: pod.name,
          resourceVersion: '1',
          ownerUid,
          deleting: false,
          readySince: index < (this.#ready.get(ownerUid) ?? 0) ? pod.createdAt : undefined,
        }),
      ),
    );
    return { pods, problem: undefined, refused: this.refused };
  }
}
