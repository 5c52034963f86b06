import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { isatty } from 'node:tty';
import { createSystemClock } from '../adapters/clock/system-clock.ts';
import { runProgram } from '../cli/run.ts';
import type { ProgramContext } from './program-context.ts';
import { buildSluiceProgram } from './sluice-program.ts';

const RANDOM_RANGE = 2 ** 47;

/** Runs the main program on this process's own words, streams and signals, and sets its exit code. */
export async function runSluice(): Promise<void> {
  const stop = new AbortController();
  const onSignal = (): void => {
    // The second signal ends the process at once, as does the default.
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    stop.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  let ended: number | undefined;
  const context: ProgramContext = {
    out: (chunk) => void process.stdout.write(chunk),
    err: (chunk) => void process.stderr.write(chunk),
    clock: createSystemClock(),
    random: () => randomInt(RANDOM_RANGE) / RANDOM_RANGE,
    environment: process.env,
    color: isatty(1) && (process.env['NO_COLOR'] ?? '') === '',
    signal: stop.signal,
    readInput: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
    exitWith: (code) => {
      ended = code;
    },
  };
  const code = await runProgram(buildSluiceProgram(context), process.argv.slice(2), context);
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  process.exitCode = ended ?? code;
  // A controller that lost its lease must not live on because something still hangs.
  if (process.exitCode !== 0) process.exit();
}
