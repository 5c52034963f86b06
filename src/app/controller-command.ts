import type { Command } from 'commander';
import { formatProblem } from '../api/field-problem.ts';
import { CliError, refused } from '../cli/cli-error.ts';
import { describedCommand } from '../cli/commands/conventions.ts';
import { EXIT } from '../cli/exit-code.ts';
import { loadSettings } from '../config/load-settings.ts';
import { settingsHelp } from '../config/settings-help.ts';
import { isSluiceError } from '../ports/errors.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { ProgramContext } from './program-context.ts';

/** `sluice controller`: its flags are the settings, read and checked together. */
export function buildControllerCommand(context: ProgramContext): Command {
  return describedCommand('controller', 'Run the controller on the cluster of the kubeconfig, or the one it runs in', [
    ['sluice controller --namespaces=shop,payments', 'look after two namespaces'],
    ['sluice controller --no-leader-election --log-format=text', 'alone, for trying it out'],
  ])
    .addHelpText('after', `\n${settingsHelp()}`)
    .argument('[settings...]')
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const settings = loadSettings({ flags: words, environment: context.environment });
      if (!settings.ok) throw new CliError(EXIT.usage, settings.problems.map(formatProblem).join('; '), 'see sluice controller --help');
      const { logLevel, logFormat } = settings.value;
      const log = createLogger({ level: logLevel, format: logFormat, clock: context.clock, write: context.out });
      const { runController } = await import('./run-controller.ts');
      try {
        context.exitWith(await runController({ ...context, settings: settings.value, log }));
      } catch (error) {
        if (!isSluiceError(error)) throw error;
        throw refused(error.message, 'see sluice controller --help');
      }
    });
}
