import { millis } from '../api/time.ts';
import type { Timer } from '../ports/clock.ts';
import type { CliContext } from './context.ts';
import { formatDuration } from './render/age.ts';

/** Work shorter than this needs no word. */
const QUIET = millis(2000);
const TICK = millis(1000);
const CLEAR_LINE = '\r\u001b[2K';

/** Shows on standard error, when that is a terminal, that a slow thing still goes on. */
export async function withProgress<T>(context: CliContext, label: string, work: Promise<T>): Promise<T> {
  if (!context.terminal.errIsTerminal) return work;
  const started = context.clock.monotonic();
  let shown = false;
  let timer: Timer;
  const show = (): void => {
    shown = true;
    context.err(`${CLEAR_LINE}${label} (${formatDuration(millis(context.clock.monotonic() - started))})`);
    timer = context.clock.startTimer(TICK, show);
  };
  timer = context.clock.startTimer(QUIET, show);
  try {
    return await work;
  } finally {
    timer.cancel();
    if (shown) context.err(CLEAR_LINE);
  }
}
