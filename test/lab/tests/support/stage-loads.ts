import type { OpenLoad, Tally } from './open-load.ts';
import { imageOf, type Release } from './shop.ts';
import type { ShopStage } from './shop-stage.ts';
import { until } from './until.ts';

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

/** How long a revision must have been silent for its traffic to count as gone, in milliseconds. */
const SILENT = 5000;

/** Waits until the bad release, which has failed at least once, fails for nobody any more; answers its failures. */
export function untilBadIsSilent(stage: ShopStage, bad: Release, seconds = 40): Promise<Tally> {
  const tally = (): Tally | undefined => stage.load.tallies()[`${imageOf(bad)} 500`];
  return until(
    `${imageOf(bad)} fails for nobody for ${SILENT / 1000} s`,
    () => {
      const now = tally();
      return now !== undefined && Date.now() - now.last > SILENT ? now : undefined;
    },
    seconds,
    tally,
  );
}
