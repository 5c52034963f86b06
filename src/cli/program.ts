import { Command } from 'commander';
import { buildActCommands } from './commands/act.ts';
import { buildCompletionCommand } from './commands/completion.ts';
import { addConnectionOptions, CONNECTION_HINT } from './commands/connection-options.ts';
import { applyConventions } from './commands/conventions.ts';
import { buildCreateCommand } from './commands/create.ts';
import { buildExplainCommand } from './commands/explain.ts';
import { buildGetCommand } from './commands/get.ts';
import { buildHistoryCommand } from './commands/history.ts';
import { buildLintCommand } from './commands/lint.ts';
import { buildListCommand } from './commands/list.ts';
import { buildSetCommand } from './commands/set.ts';
import { buildStatusCommand } from './commands/status.ts';
import { buildTerminateCommand } from './commands/terminate.ts';
import { buildUndoCommand } from './commands/undo.ts';
import { buildVersionCommand } from './commands/version.ts';
import type { CliContext } from './context.ts';
import { VERSION } from './version.ts';

/** The plugin's commands and flags; what they do is loaded when one is called, so that help stays fast. */
export function buildProgram(context: CliContext): Command {
  const program = new Command('kubectl sluice')
    .description('See and steer progressive delivery: rollouts, their analyses and their restore commits')
    .version(VERSION, '--version', 'print the version')
    .option('-n, --namespace <name>', 'namespace; that of the kubeconfig when absent');
  addConnectionOptions(program)
    .option('--no-color', 'no colours (also with NO_COLOR=1, and when the output is no terminal)')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText(
      'after',
      '\nExit codes: 0 as wished, 1 refused or not as wished, 2 wrong usage, 3 the cluster cannot be reached\n\nExamples:\n  kubectl sluice get rollout checkout -n shop -w   # watch a release\n  kubectl sluice promote checkout -n shop          # go past the present pause\n  kubectl sluice list rollouts -A --as jane        # what jane may see',
    );
  const seeing = [
    buildGetCommand(context),
    buildListCommand(context),
    buildStatusCommand(context),
    buildExplainCommand(context),
    buildHistoryCommand(context),
  ];
  const acting = [
    ...buildActCommands(context),
    buildUndoCommand(context),
    buildSetCommand(context),
    buildCreateCommand(context),
    buildTerminateCommand(context),
  ];
  const helping = [
    buildLintCommand(context, 'kubectl sluice'),
    buildVersionCommand(context, 'kubectl sluice'),
    buildCompletionCommand(context),
  ];
  for (const command of [...seeing, ...acting]) command.addHelpText('after', CONNECTION_HINT);
  for (const command of seeing) program.addCommand(command.helpGroup('See:'));
  for (const command of acting) program.addCommand(command.helpGroup('Act:'));
  for (const command of helping) program.addCommand(command.helpGroup('Help and checks:'));
  return applyConventions(program, context);
}
