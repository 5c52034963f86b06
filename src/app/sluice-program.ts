import { Command } from 'commander';
import { applyConventions } from '../cli/commands/conventions.ts';
import { buildCrdsCommand } from '../cli/commands/crds.ts';
import { buildLintCommand } from '../cli/commands/lint.ts';
import { buildVersionCommand } from '../cli/commands/version.ts';
import { VERSION } from '../cli/version.ts';
import { buildControllerCommand } from './controller-command.ts';
import { buildDemoCommand } from './demo-command.ts';
import type { ProgramContext } from './program-context.ts';
import { buildSimulateCommand } from './simulate-command.ts';

/** The main program: the controller and what goes with installing and trying it. People steer rollouts with the plugin, `kubectl sluice`. */
export function buildSluiceProgram(context: ProgramContext): Command {
  const program = new Command('sluice')
    .description('Progressive delivery for GitOps: canary steps judged by SLOs, and the restore commit when one is breached')
    .version(VERSION, '--version', 'print the version')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice demo                                         # see the whole story on this machine\n  sluice crds | kubectl apply --server-side -f -      # install the kinds',
    );
  const commands = [
    buildControllerCommand(context),
    buildDemoCommand(context),
    buildSimulateCommand(context),
    buildCrdsCommand(context, 'sluice'),
    buildLintCommand(context, 'sluice'),
    buildVersionCommand(context, 'sluice'),
  ];
  for (const command of commands) program.addCommand(command);
  return applyConventions(program, context);
}
