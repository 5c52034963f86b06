import type { Command } from 'commander';
import type { GetFlags } from '../actions/get.ts';
import type { CliContext } from '../context.ts';
import { describedCommand } from './conventions.ts';

/** `get rollout NAME`, `get analysisrun NAME`. */
export function buildGetCommand(context: CliContext): Command {
  return describedCommand('get', 'Show one rollout or analysis run: where it is, why, and what you can do', [
    ['kubectl sluice get rollout checkout -n shop', 'steps, weights, gates, revisions, restore commit'],
    ['kubectl sluice get rollout checkout -w', 'the same, drawn again at every change'],
    ['kubectl sluice get ro/checkout -o wide', 'with all pods and old revisions'],
    ['kubectl sluice get rollout checkout -o yaml', 'the object itself'],
    ['kubectl sluice get analysisrun checkout-6d4f9c-8-2', 'one analysis with its values'],
    ['kubectl sluice get all -l team=payments', 'rollouts and analysis runs with a label, one line each'],
  ])
    .argument('<kind>', 'rollout (ro), analysisrun (ar), KIND/NAME, or all')
    .argument('[name...]', 'name; the list when absent')
    .option('-w, --watch', 'follow the changes')
    .option('-o, --output <format>', 'json, yaml, wide or name')
    .option('-A, --all-namespaces', 'list all namespaces')
    .option('-l, --selector <labels>', 'list only those with these labels, as with kubectl: app=checkout,tier!=test')
    .action(async (kind: string, names: string[], _options: unknown, self: Command) => {
      const { runGet } = await import('../actions/get.ts');
      await runGet(context, [kind, ...names], self.optsWithGlobals<GetFlags>());
    });
}
