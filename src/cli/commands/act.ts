import type { Command } from 'commander';
import type { ActFlags } from '../actions/act.ts';
import type { CliContext } from '../context.ts';
import type { RequestVerb } from '../request.ts';
import { describedCommand, type Example } from './conventions.ts';

interface Verb {
  readonly name: Exclude<RequestVerb, 'promote-full'> | 'abort';
  readonly summary: string;
  readonly examples: readonly Example[];
  /** What it does to an analysis run; absent where it works on rollouts alone. */
  readonly onRun?: (context: CliContext, name: string, flags: ActFlags) => Promise<void>;
}

const VERBS: readonly Verb[] = [
  {
    name: 'pause',
    summary: 'Hold a rollout where it is, until resume',
    examples: [['kubectl sluice pause checkout -n shop', 'hold it where it is']],
  },
  {
    name: 'resume',
    summary: 'Let a rollout go on that a person paused',
    examples: [['kubectl sluice resume checkout -n shop', 'go on']],
  },
  {
    name: 'promote',
    summary: 'Go past the present pause or step; with --full to the end',
    examples: [
      ['kubectl sluice promote checkout -n shop', 'end the present pause, or go past the present step'],
      ['kubectl sluice promote checkout --full', 'skip all steps, pauses and analyses that are left'],
    ],
  },
  {
    name: 'abort',
    summary: 'Send all traffic back to the stable revision; always wins',
    examples: [
      ['kubectl sluice abort checkout -n shop', 'give up the revision under test'],
      ['kubectl sluice abort checkout --no-wait', 'ask, and do not wait for the controller'],
    ],
  },
  {
    name: 'retry',
    onRun: async (context, name, flags) => {
      const { runRetryRun } = await import('../actions/retry-run.ts');
      await runRetryRun(context, name, flags);
    },
    summary: 'Try an aborted or quarantined revision again, from the first step',
    examples: [
      ['kubectl sluice retry checkout -n shop', 'start the same revision again'],
      ['kubectl sluice retry analysisrun success-rate-x7k2p', 'measure again what a run of its own measured'],
    ],
  },
  {
    name: 'skip-step',
    summary: 'Leave the present step out',
    examples: [['kubectl sluice skip-step checkout -n shop', 'go on with the next step']],
  },
  {
    name: 'restart',
    summary: 'Replace the pods that exist now, a few at a time',
    examples: [
      ['kubectl sluice restart checkout -n shop', 'replace all pods, those of the stable revision first'],
      ['kubectl sluice restart checkout --in 2h', 'begin in two hours'],
    ],
  },
];

/** The verbs by which a person acts on a rollout; each writes one annotation that the controller acknowledges. */
export function buildActCommands(context: CliContext): Command[] {
  return VERBS.map((verb) => {
    const command = describedCommand(verb.name, verb.summary, verb.examples)
      .argument(
        '<rollout...>',
        `NAME, rollout/NAME or rollout NAME${verb.onRun === undefined ? '' : '; analysisrun NAME for a run of its own'}`,
      )
      .option('--dry-run <mode>', 'none, client (print the patch) or server (let the API server check it)')
      .option('--no-wait', 'do not wait until the controller has handled it')
      .option('--timeout <duration>', 'how long to wait for the controller', '10s');
    if (verb.name === 'promote') command.option('--full', 'skip all steps, pauses and analyses that are left');
    if (verb.name === 'restart') command.option('-i, --in <duration>', 'begin after so much time, such as 10m');
    command.action(async (words: string[], _options: unknown, self: Command) => {
      const [{ requireTarget }, { runAct }] = await Promise.all([import('../target.ts'), import('../actions/act.ts')]);
      const { kind, name } = requireTarget(words, {
        kinds: verb.onRun === undefined ? ['rollout'] : ['rollout', 'analysisrun'],
        bare: 'rollout',
      });
      const flags = self.optsWithGlobals<ActFlags & { full?: boolean }>();
      if (kind === 'analysisrun') await verb.onRun?.(context, name, flags);
      else await runAct(context, flags.full === true ? 'promote-full' : verb.name, name, flags);
    });
    return command;
  });
}
