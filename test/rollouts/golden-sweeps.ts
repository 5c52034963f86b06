import { createHash } from 'node:crypto';
import { crashesOf, faultsOf } from '../../src/sim/scenario/crash-sweep.ts';
import type { ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { slowsOf } from '../../src/sim/scenario/slow-sweep.ts';
import { latesOf } from '../../src/sim/scenario/stale-sweep.ts';
import type { Disturbance, SweepOptions } from '../../src/sim/scenario/sweep.ts';

/** The kinds of disturbance: all places of each kind, by the undisturbed run. */
export const DISTURBANCES = { crash: crashesOf, fault: faultsOf, late: latesOf, slow: slowsOf } as const satisfies Readonly<
  Record<string, (reference: ScenarioRun) => readonly Disturbance[]>
>;

export type DisturbanceKind = keyof typeof DISTURBANCES;

/** How golden rollouts are disturbed. */
export interface GoldenSweeps {
  /** Called before one is played; may throw to leave it out. */
  readonly begin: (name: string) => void;
  /** Which places of one kind it is disturbed at, and who hears of it. */
  readonly sweep: (
    name: string,
    kind: DisturbanceKind,
  ) => { readonly take: NonNullable<SweepOptions['take']>; readonly onRun?: SweepOptions['onRun'] };
}

/** One place, another one for each name and the same ones in each run; lateness of a kind, and of the cluster's own controllers, is left to the soak. */
const SAMPLE: GoldenSweeps = {
  begin: () => undefined,
  sweep: (name, kind) => ({
    take(all) {
      const number = createHash('sha256').update(name).digest().readUInt32BE();
      return kind === 'late' || kind === 'slow' ? [] : all.slice(number % all.length).slice(0, 1);
    },
  }),
};

let present = SAMPLE;

/** From here on golden rollouts are disturbed like this: for a soak. */
export function sweepGoldensBy(sweeps: GoldenSweeps): void {
  present = sweeps;
}

/** How they are disturbed now. */
export function goldenSweeps(): GoldenSweeps {
  return present;
}
