import type { Command } from 'commander';
import type { HistoryFlags } from '../actions/history.ts';
import type { CliContext } from '../context.ts';
import { describedCommand } from './conventions.ts';

/** `history NAME`. */
export function buildHistoryCommand(context: CliContext): Command {
  return describedCommand('history', 'List the revisions of a rollout, and what of their configuration changed', [
    ['kubectl sluice history checkout -n shop', 'what undo can go back to'],
    ['kubectl sluice history checkout -o wide', 'with the copies of ConfigMaps and Secrets that each revision reads'],
  ])
    .argument('<rollout...>', 'NAME, rollout/NAME or rollout NAME')
    .option('-o, --output <format>', 'wide')
    .action(async (words: string[], _options: unknown, self: Command) => {
      const { runHistory } = await import('../actions/history.ts');
      await runHistory(context, words, self.optsWithGlobals<HistoryFlags>());
    });
}
