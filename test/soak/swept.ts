import type { Disturbance, SweepFailure, SweepOptions } from '../../src/sim/scenario/sweep.ts';
import type { Places } from './places.ts';
import type { Report } from './report.ts';

/** Which places of a sweep are run, and who hears of it. */
export interface Swept {
  readonly take: NonNullable<SweepOptions['take']>;
  readonly onRun: NonNullable<SweepOptions['onRun']>;
}

export interface SweptOptions {
  readonly name: string;
  readonly places: Places;
  readonly report: Report;
  /** The arguments that run this place alone. */
  readonly repeat: (place: number) => string;
  /** Called before the run of a place. */
  readonly at: (place: number) => void;
}

/** The part of a sweep that falls to this process, told run by run. */
export function swept({ name, places, report, repeat, at }: SweptOptions): Swept {
  const told = (place: number, { what, disturb }: Disturbance): Disturbance => ({
    what: `${name}: ${what} (repeat it with ${repeat(place)})`,
    disturb(scenario) {
      at(place);
      return disturb(scenario);
    },
  });
  return {
    take: (all) => places.take(all).map(([place, disturbance]) => told(place, disturbance)),
    onRun(failure: SweepFailure | undefined) {
      report.ran(1);
      if (failure !== undefined) report.failed(`${failure.what}\n${failure.problems.join('\n')}`);
    },
  };
}
