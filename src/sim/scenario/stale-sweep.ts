import { type Millis, millis } from '../../api/time.ts';
import { kindKey } from '../invariants/world-view.ts';
import type { Scenario, ScenarioRun } from './run-scenario.ts';
import { settleBehind } from './settle-behind.ts';
import { type Disturbance, type SweepOptions, type SweepResult, sweep } from './sweep.ts';

const LATE_LOOKS = 6;
const LAGS: readonly Millis[] = [millis(3000), millis(20_000)];

/** The controller hears late of one kind that it watches after the other, while it hears of the others at once (F2). */
export function latesOf(reference: ScenarioRun, lags: readonly Millis[] = LAGS): readonly Disturbance[] {
  const watched = reference.requests.filter((request) => request.verb === 'watch').map((request) => request.kind);
  const kinds = new Map(watched.map((kind) => [kindKey(kind), kind]));
  return [...kinds.values()].flatMap((stale) =>
    lags.map(
      (lag): Disturbance => ({
        what: `changes of ${stale.kind} are seen ${lag / 1000} s late`,
        disturb: (scenario) => ({
          scenario: {
            ...scenario,
            watchLag: (kind) => (kindKey(kind) === kindKey(stale) ? lag : millis(0)),
            settle: settleBehind(scenario, lag, LATE_LOOKS),
          },
          fired: () => true,
        }),
      }),
    ),
  );
}

/** Plays {@link latesOf}: every run must end like the undisturbed one. */
export function staleSweep(
  make: () => Scenario,
  options: SweepOptions & { readonly lags?: readonly Millis[] | undefined } = {},
): Promise<SweepResult> {
  return sweep(make, (reference) => latesOf(reference, options.lags), options);
}
