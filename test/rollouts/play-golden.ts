import assert from 'node:assert/strict';
import { expectGolden } from '../../src/sim/scenario/expect-golden.ts';
import { runScenario, type Scenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { type SweepOptions, sweepFrom } from '../../src/sim/scenario/sweep.ts';
import { DISTURBANCES, type DisturbanceKind, goldenSweeps } from './golden-sweeps.ts';

export interface GoldenOptions extends Pick<SweepOptions, 'end' | 'extraWrites'> {
  /** Kinds of disturbance after which this rollout may rightly end otherwise, each with the reason. */
  readonly mayDiffer?: Partial<Readonly<Record<DisturbanceKind, string>>>;
}

/**
 * Plays a rollout and holds its log to `test/golden/<name>.log`; then plays it again with the controller killed, one of its requests failing, or one kind of
 * change seen late. Each of these runs must end as the undisturbed one, with every rule kept. `npm test` takes one crash and one fault, `npm run test:soak --
 * goldens` all of them. `make` gives a fresh scenario each time.
 */
export async function playGolden(name: string, make: () => Scenario, options: GoldenOptions = {}): Promise<ScenarioRun> {
  const sweeps = goldenSweeps();
  sweeps.begin(name);
  const reference = await runScenario(make());
  assert.equal(reference.problems, '');
  expectGolden(name, reference.text);
  for (const [kind, plan] of Object.entries(DISTURBANCES) as readonly [DisturbanceKind, (typeof DISTURBANCES)[DisturbanceKind]][]) {
    if (options.mayDiffer?.[kind] !== undefined) continue;
    const { take, onRun } = sweeps.sweep(name, kind);
    const result = await sweepFrom(reference, make, take(plan(reference)), { ...options, onRun });
    assert.equal(result.problems, '', `${kind} sweep of ${name}`);
  }
  return reference;
}
