import type { Command } from 'commander';
import type { CreateRunFlags } from '../actions/create-run.ts';
import type { CliContext } from '../context.ts';
import { collect, describedCommand } from './conventions.ts';

/** `create analysisrun --from-template NAME`. */
export function buildCreateCommand(context: CliContext): Command {
  return describedCommand('create', 'Make an analysis run from templates, to try them or to judge something by hand', [
    ['kubectl sluice create analysisrun --from-template success-rate -a service=checkout -n shop', 'measure now'],
    [
      'kubectl sluice create analysisrun --from-template success-rate -a service=checkout -w',
      'wait for the verdict; exits 1 unless it is a pass',
    ],
    ['kubectl sluice create analysisrun --from-file template.yaml --dry-run=client -o yaml', 'see what would be made'],
  ])
    .argument('<kind>', 'analysisrun (ar)')
    .option('--from-template <name>', 'template to make it of; repeat it for several', collect)
    .option('--from-file <file>', 'file with the templates; - reads standard input')
    .option('--global', 'the templates are ClusterAnalysisTemplates')
    .option('-a, --argument <name=value>', 'value of an argument; repeat it for several', collect)
    .option('--name <name>', 'name of the run')
    .option('--generate-name <prefix>', 'beginning of its name, when it has none; that of the first template when absent')
    .option('--instance <name>', 'the installation that is to handle it')
    .option('-w, --watch', 'wait for its end; exits 1 unless it is Successful')
    .option('--dry-run <mode>', 'none, client (make nothing) or server (let the API server check it)')
    .option('-o, --output <format>', 'json, yaml or name')
    .action(async (kind: string, _options: unknown, self: Command) => {
      const { runCreateRun } = await import('../actions/create-run.ts');
      await runCreateRun(context, kind, self.optsWithGlobals<CreateRunFlags>());
    });
}
