import { wrongUsage } from '../cli-error.ts';

export type DryRun = 'none' | 'client' | 'server';

/** The mode of `--dry-run`, as kubectl names them. */
export function parseDryRun(text: string | undefined): DryRun {
  switch (text) {
    case undefined:
    case 'none':
      return 'none';
    case 'client':
    case 'server':
      return text;
    default:
      throw wrongUsage(`unknown dry run "${text}"`, 'use none, client or server');
  }
}
