import path from 'node:path';
import type { Command } from 'commander';
import { describedCommand } from '../cli/commands/conventions.ts';
import type { ProgramContext } from './program-context.ts';

interface SimulateFlags {
  readonly filename: readonly string[];
  readonly scenario: string;
  readonly output?: string;
}

/** `sluice simulate`: a Rollout and a scenario in virtual time; exits 1 when the outcome is not the expected one. */
export function buildSimulateCommand(context: ProgramContext): Command {
  return describedCommand('simulate', 'Play a Rollout against a scenario in virtual time, and judge the outcome', [
    ['sluice simulate -f rollout.yaml --scenario good.yaml', 'the timeline, and whether it ended as expected'],
    ['sluice simulate -f rollout.yaml --scenario bad.yaml -o json', 'the same for a program'],
  ])
    .requiredOption('-f, --filename <file...>', 'manifests: the Rollout and what it refers to; - reads standard input')
    .requiredOption('--scenario <file>', 'what happens and what is expected (docs/simulate.md)')
    .option('-o, --output <format>', 'json instead of the timeline')
    .action(async (flags: SimulateFlags) => {
      const { simulate } = await import('./simulate.ts');
      const directory = flags.scenario === '-' ? '.' : path.dirname(flags.scenario);
      await simulate(context, { ...flags, directory });
    });
}
