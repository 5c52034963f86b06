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
  /** Says nothing of acceptance. */
  silent = false;
  /** How long after a write the route is accepted. */
  acceptsAfter: Millis = millis(0);
  missing: string | undefined;
  /** Selects revisions by subsets of one host. */
  subsets: { stable: string; canary: string } | undefined;
  writes = 0;
  #writtenAt: Instant | undefined;
  readonly #plane: { readonly at: Instant; readonly weight: number }[] = [];

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
    };
  }

  write(intent: TrafficIntent, now: Instant): void {
    this.writes += 1;
    if (this.missing !== undefined) throw new Error('the route is gone');
    if (this.written.weight !== intent.weight) this.weights.push(intent.weight);
    this.written = { weight: intent.weight, headerRoutes: intent.headerRoutes, mirrorRoutes: intent.mirrorRoutes };
    if (this.subsets !== undefined) this.subsets = { stable: intent.stable.hash ?? '', canary: intent.canary.hash ?? '' };
    this.#writtenAt = now;
    this.#plane.push({ at: now, weight: intent.weight });
  }

  /** Somebody else writes other weights. */
  meddle(weight: number, now: Instant): void {
    if (this.missing !== undefined) return;
    this.written = { ...this.written, weight };
    this.#writtenAt = now;
    this.#plane.push({ at: now, weight });
  }

  /** Every weight that the data plane may be serving now, given that it follows within the settle time. */
  served(now: Instant): readonly number[] {
    const last = this.#plane.findLastIndex((one) => one.at + this.settle <= now);
    const served = this.#plane.slice(Math.max(0, last)).map((one) => one.weight);
    return last < 0 ? [0, ...served] : served;
  }
}
