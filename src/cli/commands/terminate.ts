import type { Command } from 'commander';
import type { TerminateFlags } from '../actions/terminate.ts';
import type { CliContext } from '../context.ts';
import { describedCommand } from './conventions.ts';

/** `terminate analysisrun NAME`. */
export function buildTerminateCommand(context: CliContext): Command {
  return describedCommand('terminate', 'End an analysis run: no new measurements', [
    ['kubectl sluice terminate analysisrun checkout-6d4f9c-8-2 -n shop', 'end it now'],
    ['kubectl sluice terminate ar/success-rate-x7k2p --no-wait', 'ask, and do not wait'],
  ])
    .argument('<kind>', 'analysisrun (ar), or KIND/NAME')
    .argument('[name...]', 'name')
    .option('--dry-run <mode>', 'none, client or server (let the API server check it)')
    .option('--no-wait', 'do not wait until it has ended')
    .option('--timeout <duration>', 'how long to wait for the controller', '10s')
    .action(async (kind: string, names: string[], _options: unknown, self: Command) => {
      const { runTerminate } = await import('../actions/terminate.ts');
      await runTerminate(context, [kind, ...names], self.optsWithGlobals<TerminateFlags>());
    });
}
