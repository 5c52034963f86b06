import type { OpenLoad } from './open-load.ts';
import { imageOf, type Release } from './shop.ts';
import type { ShopStage } from './shop-stage.ts';

/** No request failed on any of the Services. */
export const NONE = { users: [], stable: [], canary: [] };

/** Requests that were not answered with 200, on the Service of the users and on those of the two sides; `bad` is known to fail where it is under test. */
export function failures(stage: ShopStage, bad?: Release): Readonly<Record<string, readonly string[]>> {
  const known = bad === undefined ? '' : `${imageOf(bad)} 500`;
  const of = (load: OpenLoad, expected: string): readonly string[] =>
    Object.entries(load.tallies())
      .filter(([what]) => !what.endsWith(' 200') && what !== expected)
      .map(([what, { count }]) => `${count} x ${what}`);
  return { users: of(stage.load, known), stable: of(stage.sides.stable, ''), canary: of(stage.sides.canary, known) };
}

/** Forgets what all of them were answered so far. */
export function resetLoads(stage: ShopStage): void {
  for (const load of [stage.load, stage.sides.stable, stage.sides.canary]) load.reset();
}
