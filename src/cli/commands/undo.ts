import type { Command } from 'commander';
import type { UndoFlags } from '../actions/undo.ts';
import type { CliContext } from '../context.ts';
import { describedCommand } from './conventions.ts';

/** `undo NAME`. */
export function buildUndoCommand(context: CliContext): Command {
  return describedCommand('undo', 'Put the pod template of an earlier revision back', [
    ['kubectl sluice undo checkout -n shop', 'back to the revision before the present one'],
    ['kubectl sluice undo checkout --to-revision 7', 'back to revision 7'],
    ['kubectl sluice undo checkout --force', 'patch the cluster although Git is the source'],
  ])
    .argument('<rollout...>', 'NAME, rollout/NAME or rollout NAME')
    .option('--to-revision <number>', 'which revision; 0 means the newest before the present one that did not breach', '0')
    .option('--force', 'patch the cluster although Git is the source and will win')
    .option('--dry-run <mode>', 'none, client (print the patch) or server (let the API server check it)')
    .action(async (words: string[], _options: unknown, self: Command) => {
      const { runUndo } = await import('../actions/undo.ts');
      await runUndo(context, words, self.optsWithGlobals<UndoFlags>());
    });
}
