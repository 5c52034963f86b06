import { fetchedGo, fetchGo } from './fetch-go.ts';
import { MODULES } from './lab-cache.ts';
import { MissingProgramError, runProgram } from './run-program.ts';
import { systemProgram } from './system-program.ts';

const REMEDY = 'the lab needs Go 1.26 or newer: https://go.dev/dl, or golang of your distribution, then run this again';
const LEAST = 26;

/** Runs `go` in a directory at the lowest priority; answers what it printed. The one that was fetched is there because the system has none that will do. */
export function runGo(directory: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  return runProgram({ program: fetchedGo() ?? systemProgram('go') ?? 'go', args, directory, env, remedy: REMEDY });
}

/** What `go` there is; undefined for none. */
async function versionOfGo(): Promise<string | undefined> {
  try {
    return (await runGo(MODULES, ['env', 'GOVERSION'])).trim();
  } catch (error) {
    if (error instanceof MissingProgramError) return undefined;
    throw error;
  }
}

/** Sees to it that there is a `go` that is new enough; fetches one, or fails with what to install. */
export async function checkGo(tell: (line: string) => void): Promise<void> {
  const version = await versionOfGo();
  if (Number(/^go1\.(\d+)/.exec(version ?? '')?.[1] ?? 0) >= LEAST) return;
  try {
    await fetchGo(tell);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new MissingProgramError(`${version === undefined ? 'there is no Go here' : `this is ${version}`}, and ${why}; ${REMEDY}`);
  }
}
