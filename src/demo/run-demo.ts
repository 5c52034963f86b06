import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Millis, millis } from '../api/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import { untilAbort } from '../ports/until-abort.ts';
import { createPrinter, type Printer } from './printer.ts';
import { prove } from './proof.ts';
import { createStage, type Stage } from './stage.ts';
import { CHAPTER_LIMIT, type Commits, ERROR_RATES, playStory } from './story.ts';
import { tellChange } from './timeline.ts';
import { StoryError } from './wait-for.ts';

/** What the shell reports for a program that an interrupt ended. */
const INTERRUPTED = 130;

export interface DemoOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly out: (text: string) => void;
  readonly color: boolean;
  /** Keep everything running after the story until `signal` aborts. */
  readonly hold: boolean;
  readonly prometheusBinary: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** The words that run the plugin in a shell, as this program is installed. */
  readonly plugin: { readonly node: string; readonly script: string };
  /** Which share of its answers each image gets wrong, when it is not the story's own. */
  readonly errorRates?: Readonly<Record<string, number>> | undefined;
  /** How long each chapter may take. */
  readonly chapterLimit?: Millis | undefined;
  /** Called once the stage stands, before anything happens on it. */
  readonly onStage?: ((stage: Stage) => Promise<void> | void) | undefined;
}

/** Plays the story and proves its end. Resolves to the exit code: 0 when it ended as told. Leaves nothing behind. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const started = options.clock.monotonic();
  const sinceStart = (): Millis => millis(options.clock.monotonic() - started);
  const printer = createPrinter({ out: options.out, color: options.color, sinceStart });
  const rates = options.errorRates ?? ERROR_RATES;
  const stage = await createStage({ ...options, errorRateOf: (image) => rates[image] ?? 0 });
  const untell = stage.sim.onWrite(({ before, after }) => {
    for (const line of tellChange(before, after)) printer.line(line.who, line.text);
  });
  try {
    await options.onStage?.(stage);
    const commits = await playStory(stage, printer, { ...options, limit: options.chapterLimit ?? CHAPTER_LIMIT });
    untell();
    const code = await end(stage, commits, printer, sinceStart);
    if (options.hold) await hold(stage, printer, options);
    return code;
  } catch (error) {
    // An interrupt from a terminal also ends the git that runs at that moment: whatever failed, failed because of it.
    if (options.signal.aborted) return INTERRUPTED;
    if (!(error instanceof StoryError)) throw error;
    printer.failure(`the story did not end as told: ${error.message}`);
    return 1;
  } finally {
    untell();
    await stage.close();
  }
}

async function end(stage: Stage, commits: Commits, printer: Printer, sinceStart: () => Millis): Promise<number> {
  printer.chapter('The restore commit, as git shows it');
  printer.block(await stage.developer.show('main'));
  printer.chapter('Do Git, cluster and reality agree?');
  const claims = await prove({ sim: stage.sim, developer: stage.developer, ...commits });
  for (const { claim, holds, found } of claims) printer.claim(holds, claim, found);
  const { answered, failed, lost } = stage.load.counts();
  const share = answered === 0 ? 0 : (100 * failed) / answered;
  printer.note(`users sent ${answered + lost} requests: ${failed} failed (${share.toFixed(1)} %), ${lost} got no answer`);
  const holds = claims.every((one) => one.holds);
  if (holds) printer.note(`the story ended as told, after ${(sinceStart() / 1000).toFixed(0)} s`);
  else printer.failure('the story did not end as told');
  return holds ? 0 : 1;
}

/** Writes a kubeconfig and the plugin as `kubectl-sluice`, and waits to be interrupted. */
async function hold(stage: Stage, printer: Printer, { signal, plugin }: DemoOptions): Promise<void> {
  const file = path.join(stage.directory, 'kubeconfig');
  const programs = path.join(stage.directory, 'bin');
  await writeFile(file, kubeconfig(stage.adminUrl), { mode: 0o600 });
  await mkdir(programs);
  await writeFile(path.join(programs, 'kubectl-sluice'), `#!/bin/sh\nexec ${quoted(plugin.node)} ${quoted(plugin.script)} "$@"\n`, {
    mode: 0o755,
  });
  printer.chapter('Everything keeps running until Ctrl-C. In another terminal:');
  const lines = [
    `export KUBECONFIG=${quoted(file)} PATH=${quoted(programs)}:"$PATH"`,
    'kubectl get rollouts,analysisruns,replicasets,pods',
    'kubectl sluice get rollout checkout',
  ];
  printer.block(lines.join('\n'));
  printer.note('Without kubectl, the plugin runs by itself:');
  printer.block(`\nkubectl-sluice get rollout checkout`);
  await untilAbort(signal);
}

/** A word of a POSIX shell. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function kubeconfig(server: string): string {
  return `apiVersion: v1
kind: Config
clusters: [{name: demo, cluster: {server: '${server}'}}]
users: [{name: demo, user: {}}]
contexts: [{name: demo, context: {cluster: demo, user: demo, namespace: shop}}]
current-context: demo
`;
}
