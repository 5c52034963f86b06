import type { Command } from 'commander';
import type { ListFlags } from '../actions/list.ts';
import type { CliContext } from '../context.ts';
import { describedCommand } from './conventions.ts';

/** `list rollouts`, `list analysisruns`. */
export function buildListCommand(context: CliContext): Command {
  return describedCommand('list', 'List rollouts or analysis runs, one line each', [
    ['kubectl sluice list rollouts -n shop', 'the rollouts of one namespace'],
    ['kubectl sluice list rollouts -A -w', 'of all namespaces, following the changes'],
    ['kubectl sluice list rollouts -A -l team=payments', 'those with a label'],
    ['kubectl sluice list analysisruns --rollout checkout --phase Failed', 'those of one rollout that breached'],
    ['kubectl sluice list analysisruns -o name', 'names only, for scripts'],
  ])
    .argument('<kind>', 'rollouts, analysisruns or all')
    .option('-l, --selector <labels>', 'only those with these labels, as with kubectl: app=checkout,tier!=test')
    .option('-A, --all-namespaces', 'list all namespaces')
    .option('--name <name>', 'only the object of this name')
    .option('--phase <phase>', 'only those in this phase, such as Degraded or Failed')
    .option('--rollout <name>', 'only analysis runs of this rollout')
    .option('--template <name>', 'only analysis runs made of this template')
    .option('-w, --watch', 'follow the changes')
    .option('-o, --output <format>', 'json, yaml, wide or name')
    .action(async (kind: string, _options: unknown, self: Command) => {
      const [{ runList }, { requireKinds }] = await Promise.all([import('../actions/list.ts'), import('../target.ts')]);
      await runList(context, requireKinds(kind), self.optsWithGlobals<ListFlags>());
    });
}
