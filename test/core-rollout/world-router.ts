import type { RouterName } from '../../src/api/rollout-traffic.ts';
import { type Instant, type Millis, millis } from '../../src/api/time.ts';
import type { RouterReading, TrafficIntent, WrittenTraffic } from '../../src/ports/traffic-router.ts';

/** A router of the tiny world: its one route says what was written last; the data plane may follow `lag` later. */
export class WorldRouter {
  /** Every weight that was written, in order. */
  readonly weights: number[] = [];
  written: WrittenTraffic = { weight: 0, headerRoutes: [], mirrorRoutes: [] };
  name: RouterName = 'gatewayAPI';
  settle: Millis = millis(5000);
  /** Behind a change of the weight alone, where that is sooner. */
  weightSettle: Millis | undefined;
  /** Says nothing of acceptance. */
  silent = false;
  /** The weight that the route said last: somebody may have taken the canary's part of it away since. */
  said = 0;
  /** How long after a write the route is accepted. */
  acceptsAfter: Millis = millis(0);
  missing: string | undefined;
  /** Selects revisions by subsets of one host. */
  subsets: { stable: string; canary: string } | undefined;
  writes = 0;
  #writtenAt: Instant | undefined;
  readonly #plane: { readonly by: number; readonly weight: number; readonly canary: string | undefined }[] = [];

  reading(now: Instant): RouterReading {
    const pending = this.#writtenAt !== undefined && now < this.#writtenAt + this.acceptsAfter;
    return {
      router: this.name,
      objects: [],
      state:
        this.missing === undefined
          ? {
              ok: true,
              written: {
                ...this.written,
                ...(this.subsets === undefined ? {} : { stableHash: this.subsets.stable, canaryHash: this.subsets.canary }),
              },
            }
          : { ok: false, reason: 'RouteNotFound', message: this.missing },
      acceptance: { state: this.silent ? 'Silent' : pending ? 'Pending' : 'Accepted', message: pending ? 'not accepted yet' : '' },
      settle: this.settle,
      weightSettle: this.weightSettle,
    };
  }

  write(intent: TrafficIntent, now: Instant): void {
    this.writes += 1;
    if (this.missing !== undefined) throw new Error('the route is gone');
    const remade = this.written.weight === undefined;
    if (this.written.weight !== intent.weight) this.weights.push(intent.weight);
    this.written = { weight: intent.weight, headerRoutes: intent.headerRoutes, mirrorRoutes: intent.mirrorRoutes };
    if (this.subsets !== undefined) this.subsets = { stable: intent.stable.hash ?? '', canary: intent.canary.hash ?? '' };
    this.#follow(intent.weight, now, remade);
  }

  /** Somebody else writes other weights. */
  meddle(weight: number, now: Instant): void {
    if (this.missing !== undefined) return;
    const remade = this.written.weight === undefined;
    this.written = { ...this.written, weight };
    this.#follow(weight, now, remade);
  }

  /** Somebody takes the canary's part of the route away. */
  unmake(now: Instant): void {
    if (this.missing !== undefined) return;
    this.written = { ...this.written, weight: undefined };
    this.#follow(0, now, true);
  }

  /** The data plane takes changes over in their order: one of the weight alone waits for the making of the route before it. */
  #follow(weight: number, now: Instant, remade: boolean): void {
    this.#writtenAt = now;
    this.said = this.written.weight ?? this.said;
    const by = now + (remade ? this.settle : (this.weightSettle ?? this.settle));
    this.#plane.push({ by: Math.max(by, this.#plane.at(-1)?.by ?? 0), weight, canary: this.subsets?.canary });
  }

  /** Every weight that the data plane may be serving now, given that it follows within the settle time. */
  served(now: Instant): readonly number[] {
    const { first, recent } = this.#recent(now);
    return [...(first ? [0] : []), ...recent.map((one) => one.weight)];
  }

  /** Every revision that a mesh may be selecting now as the canary's subset, which it follows apart from the weight. */
  selectedCanaries(now: Instant): readonly (string | undefined)[] {
    const { first, recent } = this.#recent(now);
    return [...(first ? [''] : []), ...recent.map((one) => one.canary)];
  }

  #recent(now: Instant) {
    const last = this.#plane.findLastIndex((one) => one.by <= now);
    return { first: last < 0, recent: this.#plane.slice(Math.max(0, last)) };
  }
}
