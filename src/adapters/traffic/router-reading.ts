import type { RouterName } from '../../api/rollout-traffic.ts';
import type { Millis } from '../../api/time.ts';
import type { RouterReading, SeenRoute, WrittenTraffic } from '../../ports/traffic-router.ts';
import type { Trouble } from './result.ts';

/** What every reading of one router says. */
export interface RouterFacts {
  readonly router: RouterName;
  readonly settle: Millis;
  readonly weightSettle?: Millis;
  /** Every object that is there, also beside one that cannot be used. */
  readonly objects: readonly SeenRoute[];
}

/** A reading of objects that cannot be used. */
export function troubledReading(facts: RouterFacts, { reason, message }: Trouble): RouterReading {
  return { ...facts, state: { ok: false, reason, message }, acceptance: { state: 'Pending', message } };
}

/** A reading of a router that never says anything of its objects. */
export function silentReading(facts: RouterFacts, written: WrittenTraffic): RouterReading {
  const acceptance = { state: 'Silent', message: 'this router reports nothing about its objects' } as const;
  return { ...facts, state: { ok: true, written }, acceptance };
}

/** Traffic without header and mirror routes. */
export function plainTraffic(weight: number | undefined): WrittenTraffic {
  return { weight, headerRoutes: [], mirrorRoutes: [] };
}
