import type { Command } from 'commander';
import type { SetImageFlags } from '../actions/set-image.ts';
import { wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { describedCommand } from './conventions.ts';

/** `set image ROLLOUT CONTAINER=IMAGE`. */
export function buildSetCommand(context: CliContext): Command {
  return describedCommand('set', 'Change the image of a rollout that does not come from Git', [
    ['kubectl sluice set image checkout app=registry.example/checkout:2 -n shop', 'release another image'],
    ['kubectl sluice set image checkout "*=registry.example/checkout:2"', 'in every container'],
  ])
    .argument('<what>', 'image')
    .argument('<words...>', 'NAME, rollout/NAME or rollout NAME, then CONTAINER=IMAGE')
    .option('--force', 'patch the cluster although Git is the source and will win')
    .option('--dry-run <mode>', 'none, client (print the patch) or server (let the API server check it)')
    .action(async (what: string, words: string[], _options: unknown, self: Command) => {
      if (what !== 'image') throw wrongUsage(`"${what}" cannot be set`, 'use image');
      const { runSetImage } = await import('../actions/set-image.ts');
      await runSetImage(context, words, self.optsWithGlobals<SetImageFlags>());
    });
}
