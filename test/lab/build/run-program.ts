import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export class MissingProgramError extends Error {}

/** How a program is run to its end. */
export interface ProgramCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What to do when the program is not there. */
  readonly remedy: string;
}

/** Runs a program at the lowest priority; answers what it printed, and fails with the end of its complaints. */
export async function runProgram({ program, args, directory, env, remedy }: ProgramCall): Promise<string> {
  const child = spawn('nice', ['-n', '19', program, ...args], {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  if (code === 127) throw new MissingProgramError(`${program} is not installed; ${remedy}`);
  if (code !== 0) throw new Error(`${program} ${args[0]} failed in ${directory}:\n${err.trim().split('\n').slice(-20).join('\n')}`);
  return out;
}
