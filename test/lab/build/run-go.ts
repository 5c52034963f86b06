import { MODULES } from './lab-cache.ts';
import { MissingProgramError, runProgram } from './run-program.ts';
import { systemProgram } from './system-program.ts';

const REMEDY = 'the lab needs Go 1.26 or newer: https://go.dev/dl, or golang of your distribution, then run this again';

/** Runs `go` in a directory at the lowest priority; answers what it printed. */
export function runGo(directory: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  return runProgram({ program: systemProgram('go') ?? 'go', args, directory, env, remedy: REMEDY });
}

/** Fails with what to install when there is no Go, or one that is too old. */
export async function checkGo(): Promise<void> {
  const version = (await runGo(MODULES, ['env', 'GOVERSION'])).trim();
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
  if (minor < 26) throw new MissingProgramError(`this is ${version}; ${REMEDY}`);
}
