import { compareEnds } from './end-state.ts';
import type { PortFault, PortRequest } from './incarnation.ts';
import { runScenario, type Scenario, type ScenarioRun } from './run-scenario.ts';
import { faultText } from './timeline.ts';

/** One re-run that did not end as the reference did, or broke a rule on the way. */
export interface SweepFailure {
  /** Where and what: `write 7 of 23 (update Rollout shop/web): crash after the request`. */
  readonly what: string;
  readonly problems: readonly string[];
}

export interface SweepResult {
  /** Re-runs done, without the reference. */
  readonly runs: number;
  readonly failures: readonly SweepFailure[];
  /** The failures as text; empty when there are none: `assert.equal(result.problems, '')`. */
  readonly problems: string;
  readonly reference: ScenarioRun;
}

export interface SweepOptions {
  /** Takes every n-th place only. */
  readonly every?: number | undefined;
  /** Takes these places of all; every n-th when absent. */
  readonly take?: ((all: readonly Disturbance[]) => readonly Disturbance[]) | undefined;
  /** Told after each run what was wrong with it, if anything. */
  readonly onRun?: ((failure: SweepFailure | undefined) => void) | undefined;
  /** What two runs must have in common; {@link ScenarioRun.end} when absent. */
  readonly end?: ((run: ScenarioRun) => readonly string[]) | undefined;
  /** How many writes a disturbed run may need more than twice those of the reference (L7); 30. */
  readonly extraWrites?: number | undefined;
}

/** One thing that is different in a re-run. */
export interface Disturbance {
  readonly what: string;
  /** The scenario with it, and whether it took place in the end. */
  readonly disturb: (scenario: Scenario) => { readonly scenario: Scenario; readonly fired: () => boolean };
}

/** This request of the reference run fails like this. */
export function faultAt(reference: ScenarioRun, request: PortRequest, fault: PortFault): Disturbance {
  return {
    what: `request ${request.index} of ${reference.requestsToEnd} (${request.verb} ${request.kind.kind} ${request.ref}): ${faultText(fault)}`,
    disturb(scenario) {
      let fired = false;
      const faults = (candidate: PortRequest): PortFault | undefined => {
        if (candidate.index !== request.index) return undefined;
        fired = candidate.verb === request.verb && candidate.ref === request.ref;
        return fault;
      };
      return { scenario: { ...scenario, faults }, fired: () => fired };
    },
  };
}

function writeCount(run: ScenarioRun): number {
  return run.requests.filter((request) => request.writeIndex !== undefined).length;
}

function problemsOf(reference: ScenarioRun, run: ScenarioRun, fired: boolean, options: SweepOptions): readonly string[] {
  const end = options.end ?? ((result: ScenarioRun) => result.end);
  const budget = 2 * writeCount(reference) + (options.extraWrites ?? 30);
  return [
    ...(fired ? [] : ['the fault never fired: the run is not the same each time']),
    ...(run.problems === '' ? [] : [run.problems]),
    ...compareEnds(end(reference), end(run)).map((line) => `ended differently: ${line}`),
    ...(writeCount(run) > budget ? [`${writeCount(run)} writes where ${budget} are allowed (L7)`] : []),
  ];
}

/** So many failures are told in full; the others are usually the same. */
const SHOWN = 8;

function describe(failures: readonly SweepFailure[]): string {
  const shown = failures.slice(0, SHOWN).map((failure) => {
    const problems = failure.problems.map((problem) => `  ${problem.replaceAll('\n', '\n  ')}`);
    return `${failure.what}\n${problems.join('\n')}`;
  });
  const more = failures.length > SHOWN ? [`and ${failures.length - SHOWN} more`] : [];
  return [...shown, ...more].join('\n');
}

/** A run that was not disturbed, to be the reference of others. */
async function referenceOf(make: () => Scenario): Promise<{ readonly reference: ScenarioRun; readonly failed: SweepResult | undefined }> {
  const reference = await runScenario(make());
  if (reference.problems === '') return { reference, failed: undefined };
  const failures = [{ what: 'the undisturbed run', problems: [reference.problems] }];
  return { reference, failed: { runs: 0, failures, problems: describe(failures), reference } };
}

/** Runs the scenario once for each disturbance, and compares the ends with that of the reference. `make` gives a fresh scenario each time. */
export async function sweepFrom(
  reference: ScenarioRun,
  make: () => Scenario,
  disturbances: readonly Disturbance[],
  options: Omit<SweepOptions, 'every' | 'take'> = {},
): Promise<SweepResult> {
  const failures: SweepFailure[] = [];
  for (const { what, disturb } of disturbances) {
    const { scenario, fired } = disturb(make());
    const run = await runScenario(scenario);
    const problems = problemsOf(reference, run, fired(), options);
    const failure = problems.length > 0 ? { what, problems } : undefined;
    if (failure !== undefined) failures.push(failure);
    options.onRun?.(failure);
  }
  return { runs: disturbances.length, failures, problems: describe(failures), reference };
}

function everyNth<T>(list: readonly T[], every = 1): readonly T[] {
  return list.filter((_, index) => index % every === 0);
}

/** Runs the scenario once undisturbed and once for each disturbance that `plan` makes of that run, and compares the ends. `make` gives a fresh scenario each time. */
export async function sweep(
  make: () => Scenario,
  plan: (reference: ScenarioRun) => readonly Disturbance[],
  options: SweepOptions = {},
): Promise<SweepResult> {
  const { reference, failed } = await referenceOf(make);
  if (failed !== undefined) return failed;
  const all = plan(reference);
  return sweepFrom(reference, make, options.take?.(all) ?? everyNth(all, options.every), options);
}
