import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { isatty } from 'node:tty';
import { createSystemClock } from '../adapters/clock/system-clock.ts';
import type { CliContext } from './context.ts';
import { runCli } from './run.ts';

/** What the shell reports for a program that an interrupt ended. */
const INTERRUPTED = 130;
const RANDOM_RANGE = 2 ** 47;

/** Runs the plugin on this process's own words, streams and signals, and sets its exit code. */
export async function runAsProcess(): Promise<void> {
  const interrupt = new AbortController();
  const onSignal = (): void => {
    // The second interrupt ends the process at once, as does the default.
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    interrupt.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const code = await runCli(process.argv.slice(2), createProcessContext(interrupt.signal));
  process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  process.exitCode = interrupt.signal.aborted ? INTERRUPTED : code;
}

function createProcessContext(signal: AbortSignal): CliContext {
  const clock = createSystemClock();
  return {
    // Loaded when a command needs the cluster: the client is the slowest part of the program.
    connect: async (options) => (await import('./connect.ts')).connectCluster(options, clock),
    out: (chunk) => void process.stdout.write(chunk),
    err: (chunk) => void process.stderr.write(chunk),
    clock,
    random: () => randomInt(RANDOM_RANGE) / RANDOM_RANGE,
    terminal: { outIsTerminal: isatty(1), errIsTerminal: isatty(2), env: process.env },
    signal,
    readInput: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
  };
}
