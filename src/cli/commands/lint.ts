import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { describedCommand } from './conventions.ts';

/** `lint -f FILE`, for the plugin and the main program; `program` is how it is called. */
export function buildLintCommand(context: Pick<CliContext, 'out' | 'readInput'>, program: string): Command {
  return describedCommand('lint', 'Check manifests without a cluster; exits 1 when something is wrong', [
    [`${program} lint -f rollout.yaml`, 'every problem with field, value and remedy'],
    [`cat *.yaml | ${program} lint -f -`, 'from standard input'],
  ])
    .requiredOption('-f, --filename <file...>', 'file with YAML documents; - reads standard input')
    .action(async (options: { filename: string[] }) => {
      const { runLint } = await import('../actions/lint.ts');
      await runLint(context, options.filename);
    });
}
