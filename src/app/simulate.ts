import path from 'node:path';
import type { KubeObject } from '../api/metadata.ts';
import { ownCrds } from '../api/own-crds.ts';
import { ended, refused, wrongUsage } from '../cli/cli-error.ts';
import { EXIT } from '../cli/exit-code.ts';
import { clean } from '../cli/render/escape.ts';
import { parseManifests } from '../sim/scenario/manifests.ts';
import { runScenario, type ScenarioRun } from '../sim/scenario/run-scenario.ts';
import { at, metric, type TimelineEvent } from '../sim/scenario/timeline.ts';
import { completeManifests } from '../sim/scenario-file/complete-manifests.ts';
import { judgeOutcome, type Outcome, outcomeOf } from '../sim/scenario-file/judge-outcome.ts';
import { readScenario } from '../sim/scenario-file/read-scenario.ts';
import type { ScenarioFile } from '../sim/scenario-file/scenario-schema.ts';
import { behaviourOf, type Subject, timelineOf } from '../sim/scenario-file/scenario-timeline.ts';
import { SIMULATED_CRDS } from '../sim/scenario-file/simulated-crds.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { ProgramContext } from './program-context.ts';
import { startSimulatedManager } from './start-simulated-manager.ts';

export interface SimulateOptions {
  readonly filename: readonly string[];
  readonly scenario: string;
  /** Where the files that the scenario names are. */
  readonly directory: string;
  readonly output?: string;
}

async function read(context: ProgramContext, file: string, what: string): Promise<string> {
  try {
    return await context.readInput(file);
  } catch (error) {
    throw wrongUsage(
      `cannot read ${what} "${clean(file)}": ${error instanceof Error ? clean(error.message) : 'unreadable'}`,
      'name a file that exists, or - for standard input',
    );
  }
}

async function readObjects(context: ProgramContext, files: readonly string[]): Promise<readonly KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const file of files) {
    const text = await read(context, file, 'the manifests');
    try {
      objects.push(...parseManifests(text));
    } catch (error) {
      throw refused(
        `"${clean(file)}" is no manifest: ${error instanceof Error ? clean(error.message) : 'unreadable'}`,
        'check it with sluice lint -f',
      );
    }
  }
  return objects;
}

async function readApplied(context: ProgramContext, scenario: ScenarioFile, directory: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const { apply } of scenario.timeline) {
    if (apply !== undefined) files.set(apply, await read(context, path.resolve(directory, apply), 'the manifests of the scenario'));
  }
  return files;
}

function initialMetrics(scenario: ScenarioFile): readonly TimelineEvent[] {
  return Object.entries(scenario.metrics ?? {}).map(([name, value]) => at('0s', metric(name, value ?? undefined)));
}

interface Played {
  readonly run: ScenarioRun;
  readonly outcome: Outcome;
  readonly differences: readonly string[];
}

async function play(
  context: ProgramContext,
  scenario: ScenarioFile,
  subject: Subject,
  objects: readonly KubeObject[],
  directory: string,
): Promise<Played> {
  const files = await readApplied(context, scenario, directory);
  const timeline = [...initialMetrics(scenario), ...timelineOf(scenario.timeline, subject, files)];
  const usual = scenario.pods;
  const log = createLogger({ level: 'error', format: 'text', clock: context.clock, write: context.err });
  const run = await runScenario({
    crds: [...ownCrds(), ...SIMULATED_CRDS],
    manifests: objects,
    timeline,
    startController: startSimulatedManager({ log }),
    until: {
      what: `${subject.name} is ${scenario.expect.phase}`,
      holds: (sim) => judgeOutcome(outcomeOf(sim, subject), [], { ...scenario.expect, log: [] }).length === 0,
    },
    limit: scenario.limit,
    // A data plane that follows the routes, and says that it accepted them.
    router: {},
    ...(usual === undefined ? {} : { behaviour: () => behaviourOf(usual) }),
  });
  const outcome = outcomeOf(run.sim, subject);
  return { run, outcome, differences: judgeOutcome(outcome, run.log, scenario.expect) };
}

function printText(context: ProgramContext, added: readonly string[], { run, outcome, differences }: Played): void {
  if (added.length > 0) context.out(`added for the run: ${clean(added.join(', '))}\n`);
  context.out(run.text.endsWith('\n') ? run.text : `${run.text}\n`);
  for (const { invariant, object, message } of run.violations)
    if (invariant !== 'L1') context.out(`broken promise ${invariant}: ${clean(object)}: ${clean(message)}\n`);
  if (differences.length === 0) context.out(`as expected: ${outcome.phase}, ${clean(outcome.message)}\n`);
  for (const difference of differences) context.out(`not as expected: ${clean(difference)}\n`);
  if (differences.length > 0) context.out(`it ended: ${outcome.phase}, ${clean(outcome.message)}\n`);
}

function printJson(context: ProgramContext, added: readonly string[], { run, outcome, differences }: Played): void {
  const timeline = run.log.map(({ at: time, text }) => ({ seconds: time / 1000, text }));
  const violations = run.violations.map(({ invariant, object, message }) => ({ invariant, object, message }));
  context.out(`${JSON.stringify({ expected: differences.length === 0, outcome, differences, added, timeline, violations }, null, 2)}\n`);
}

/** Plays the scenario and prints what happened. Ends with exit code 1 when the outcome differs from `expect`, or a promise was broken on the way. */
export async function simulate(context: ProgramContext, options: SimulateOptions): Promise<void> {
  if (options.output !== undefined && options.output !== 'json')
    throw wrongUsage(`there is no output "${clean(options.output)}"`, 'leave -o out, or write -o json');
  const scenario = readScenario(await read(context, options.scenario, 'the scenario'));
  if (!scenario.ok)
    throw refused(
      `"${clean(options.scenario)}" is no scenario:\n  ${scenario.problems.map((one) => clean(one)).join('\n  ')}`,
      'docs/simulate.md shows every field',
    );
  const completed = completeManifests(await readObjects(context, options.filename));
  if (!completed.ok) throw refused(clean(completed.problem), completed.remedy);
  const played = await play(context, scenario.scenario, completed.subject, completed.objects, options.directory);
  if (options.output === 'json') printJson(context, completed.added, played);
  else printText(context, completed.added, played);
  const broken = played.run.violations.some(({ invariant }) => invariant !== 'L1');
  if (played.differences.length > 0 || broken) throw ended(EXIT.refused);
}
