import type { Command } from 'commander';
import { wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { VERSION } from '../version.ts';
import { describedCommand } from './conventions.ts';

/** `version`, for the plugin and the main program; `program` is how it is called. */
export function buildVersionCommand(context: Pick<CliContext, 'out'>, program: string): Command {
  return describedCommand('version', 'Print the version of this program', [
    [`${program} version`, 'for people'],
    [`${program} version -o json`, 'for scripts'],
  ])
    .option('-o, --output <format>', 'json or yaml')
    .action((options: { output?: string }) => {
      const facts = { version: VERSION, node: process.versions.node, platform: `${process.platform}/${process.arch}` };
      context.out(render(facts, options.output));
    });
}

function render(facts: Readonly<Record<string, string>>, format: string | undefined): string {
  switch (format) {
    case undefined:
      return `sluice ${facts['version']} (node ${facts['node']}, ${facts['platform']})\n`;
    case 'json':
      return `${JSON.stringify(facts, null, 2)}\n`;
    case 'yaml':
      return Object.entries(facts)
        .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
        .join('');
    default:
      throw wrongUsage(`unknown output format "${format}"`, 'use json or yaml');
  }
}
