import type { Command } from 'commander';
import type { StatusFlags } from '../actions/status.ts';
import type { CliContext } from '../context.ts';
import { describedCommand } from './conventions.ts';

/** `status NAME`: for pipelines. */
export function buildStatusCommand(context: CliContext): Command {
  return describedCommand('status', 'Wait until a rollout is Healthy; exits 1 when it is Degraded or time is up', [
    ['kubectl sluice status checkout -n shop --timeout 15m', 'wait in a pipeline'],
    ['kubectl sluice status checkout --no-watch', 'print the status once'],
  ])
    .argument('<rollout...>', 'NAME, rollout/NAME or rollout NAME')
    .option('-w, --watch', 'wait until Healthy or Degraded (the default)', true)
    .option('--no-watch', 'print the status once')
    .option('-t, --timeout <duration>', 'give up after this long (30s, 5m, 1h30m); 0 waits without end', '0')
    .action(async (words: string[], _options: unknown, self: Command) => {
      const { runStatus } = await import('../actions/status.ts');
      await runStatus(context, words, self.optsWithGlobals<StatusFlags>());
    });
}
