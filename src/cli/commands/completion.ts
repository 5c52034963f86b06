import type { Command } from 'commander';
import { wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { describedCommand } from './conventions.ts';

/** `completion SHELL` prints a script that asks `__complete` for candidates. */
export function buildCompletionCommand(context: CliContext): Command {
  return describedCommand('completion', 'Print a completion script for bash, zsh or fish', [
    ['source <(kubectl-sluice completion bash)', 'complete `kubectl-sluice` in this bash'],
    ['kubectl-sluice completion zsh > "${fpath[1]}/_kubectl-sluice"', 'in every zsh'],
    ['kubectl-sluice completion fish > ~/.config/fish/completions/kubectl-sluice.fish', 'in every fish'],
    ['kubectl-sluice completion kubectl > kubectl_complete-sluice', 'for `kubectl sluice`: make it executable, put it on PATH'],
  ])
    .argument('<shell>', 'bash, zsh, fish, or kubectl')
    .action(async (shell: string) => {
      const { completionScript } = await import('../actions/completion-script.ts');
      const script = completionScript(shell);
      if (script === undefined) throw wrongUsage(`no completion for "${shell}"`, 'use bash, zsh, fish or kubectl');
      context.out(script);
    });
}
