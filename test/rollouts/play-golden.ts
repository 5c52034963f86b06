import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { crashesOf, faultsOf } from '../../src/sim/scenario/crash-sweep.ts';
import { expectGolden } from '../../src/sim/scenario/expect-golden.ts';
import { runScenario, type Scenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { latesOf } from '../../src/sim/scenario/stale-sweep.ts';
import { type Disturbance, everyNth, type SweepOptions, sweepFrom } from '../../src/sim/scenario/sweep.ts';
import { soakEvery } from '../soak/soak.ts';

const KINDS = { crash: crashesOf, fault: faultsOf, late: latesOf } as const;

/** Kinds of which `npm test` takes a sample. */
const SAMPLED: readonly string[] = ['crash', 'fault'];

export type DisturbanceKind = keyof typeof KINDS;

export interface GoldenOptions extends Pick<SweepOptions, 'end' | 'extraWrites'> {
  /** Kinds of disturbance after which this rollout may rightly end otherwise, each with the reason. */
  readonly mayDiffer?: Partial<Readonly<Record<DisturbanceKind, string>>>;
}

/** What test/soak/goldens-soak.ts asks for; undefined in `npm test`. */
function soakOf(name: string): { readonly kinds: readonly string[]; readonly every: number } | undefined {
  const { SLUICE_SWEEP: kinds, SLUICE_GOLDEN: wanted = '' } = process.env;
  if (kinds === undefined) return undefined;
  return { kinds: name.includes(wanted) ? kinds.split(',') : [], every: soakEvery() };
}

/** One place of each kind, another one for each name and the same ones in each run. */
function sampleOf(name: string, all: readonly Disturbance[]): readonly Disturbance[] {
  const number = createHash('sha256').update(name).digest().readUInt32BE();
  return all.slice(number % all.length).slice(0, 1);
}

/**
 * Plays a rollout and holds its log to `test/golden/<name>.log`; then plays it again with the controller killed, one of its requests failing, or one kind of
 * change seen late. Each of these runs must end as the undisturbed one, with every rule kept. `npm test` takes one crash and one fault, `npm run test:soak --
 * goldens` all of them. `make` gives a fresh scenario each time.
 */
export async function playGolden(name: string, make: () => Scenario, options: GoldenOptions = {}): Promise<ScenarioRun> {
  const reference = await runScenario(make());
  assert.equal(reference.problems, '');
  expectGolden(name, reference.text);
  const soak = soakOf(name);
  for (const [kind, plan] of Object.entries(KINDS)) {
    if (options.mayDiffer?.[kind as DisturbanceKind] !== undefined || !(soak?.kinds ?? SAMPLED).includes(kind)) continue;
    const all = plan(reference);
    const result = await sweepFrom(reference, make, soak === undefined ? sampleOf(name, all) : everyNth(all, soak.every), options);
    if (soak !== undefined) process.stdout.write(`${name}: ${kind}: ${result.runs} runs, ${result.failures.length} failures\n`);
    assert.equal(result.problems, '', `${kind} sweep of ${name}`);
  }
  return reference;
}
