import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { BUILD_ENVIRONMENT } from './lab-cache.ts';

export class NoGoError extends Error {}

/** Runs `go` in a directory at the lowest priority; answers what it printed. */
export async function runGo(directory: string, args: readonly string[]): Promise<string> {
  const child = spawn('nice', ['-n', '19', 'go', ...args], {
    cwd: directory,
    env: { ...process.env, ...BUILD_ENVIRONMENT },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  if (code === 127)
    throw new NoGoError(
      'Go is not installed; the lab needs Go 1.26 or newer: https://go.dev/dl, or golang of your distribution, then run this again',
    );
  if (code !== 0) throw new Error(`go ${args[0]} failed in ${directory}:\n${err.trim().split('\n').slice(-20).join('\n')}`);
  return out;
}

/** Fails with what to install when there is no Go, or one that is too old. */
export async function checkGo(directory: string): Promise<void> {
  const version = (await runGo(directory, ['env', 'GOVERSION'])).trim();
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
  if (minor < 26) throw new NoGoError(`this is ${version}; the lab needs Go 1.26 or newer: https://go.dev/dl`);
}
