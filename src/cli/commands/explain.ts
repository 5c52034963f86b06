import type { Command } from 'commander';
import type { ExplainFlags } from '../actions/explain.ts';
import type { CliContext } from '../context.ts';
import { describedCommand } from './conventions.ts';

/** `explain NAME`. */
export function buildExplainCommand(context: CliContext): Command {
  return describedCommand('explain', 'Show what the controller would decide about a rollout now, from what, and why', [
    ['kubectl sluice explain checkout -n shop', 'what it looks at, what it would do, what it waits for'],
    ['kubectl sluice explain checkout -o yaml', 'the same for programs'],
  ])
    .argument('<rollout...>', 'NAME, rollout/NAME or rollout NAME')
    .option('-o, --output <format>', 'json or yaml')
    .action(async (words: string[], _options: unknown, self: Command) => {
      const { runExplain } = await import('../actions/explain.ts');
      await runExplain(context, words, self.optsWithGlobals<ExplainFlags>());
    });
}
