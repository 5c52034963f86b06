import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { describedCommand } from './conventions.ts';

/** `crds`, for the main program: prints the CustomResourceDefinitions of this version. */
export function buildCrdsCommand(context: Pick<CliContext, 'out'>, program: string): Command {
  return describedCommand('crds', 'Print the CustomResourceDefinitions of this version', [
    [`${program} crds | kubectl apply --server-side -f -`, 'install or upgrade them'],
  ]).action(async () => {
    const { runCrds } = await import('../actions/crds.ts');
    runCrds(context);
  });
}
