import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { refused } from '../cli/cli-error.ts';
import { describedCommand } from '../cli/commands/conventions.ts';
import { isSluiceError } from '../ports/errors.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { ProgramContext } from './program-context.ts';

interface DemoFlags {
  readonly hold?: boolean;
  readonly prometheus?: string;
  readonly verbose?: boolean;
}

/** `sluice demo`: the whole story on this machine, in under a minute. */
export function buildDemoCommand(context: ProgramContext): Command {
  return describedCommand('demo', 'Watch a good release promoted and a bad one reverted in Git, on this machine', [
    ['sluice demo', 'the story, in under a minute; nothing is left behind'],
    ['sluice demo --hold', 'keep it running to try kubectl and the plugin'],
  ])
    .option('--hold', 'keep everything running after the story and print a KUBECONFIG line')
    .option('--prometheus <binary>', 'read SLIs from this Prometheus; one on PATH is found, else a built-in endpoint answers')
    .option('--verbose', "print the controller's log as well")
    .action(async (flags: DemoFlags) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      const log = createLogger({
        level: flags.verbose === true ? 'info' : 'error',
        format: 'text',
        clock: context.clock,
        write: context.err,
      });
      const prometheusBinary = flags.prometheus ?? onPath('prometheus', context.environment['PATH']);
      const plugin = { node: process.execPath, script: pluginScript() };
      context.exitWith(await explained(runDemo({ ...context, log, hold: flags.hold === true, prometheusBinary, plugin })));
    });
}

/** The demo talks to no cluster but its own, so that what it cannot reach is a program of this machine. */
async function explained(running: Promise<number>): Promise<number> {
  try {
    return await running;
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    throw refused(error.message, 'the demo needs git on PATH, a writable temporary directory and free ports on 127.0.0.1');
  }
}

/** The plugin beside this program: the other bundle when this is one, the source file in a checkout. */
function pluginScript(): string {
  const here = import.meta.filename;
  return here.endsWith('.ts')
    ? path.resolve(import.meta.dirname, '../cli/kubectl-sluice.ts')
    : path.join(path.dirname(here), 'kubectl-sluice.mjs');
}

function onPath(program: string, directories: string | undefined): string | undefined {
  return (directories ?? '')
    .split(path.delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => path.join(directory, program))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us.
    return false;
  }
}
