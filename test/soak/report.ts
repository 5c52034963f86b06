import type { SoakMessage } from '../../scripts/soak-message.ts';

/** How a process of a soak tells what it does. */
export interface Report {
  /** It is at this place now. */
  at(place: number, text: string): void;
  ran(count: number): void;
  /** Printed at once and in full. */
  failed(text: string): void;
  /** All places of this process were run. */
  end(): void;
}

const TELL_EVERY = 1000;

/** Tells the process that started this one; failures go to the output. */
export function createReport(): Report {
  let told = 0;
  let state = { runs: 0, failures: 0, next: 0, at: 'starting' };
  const tell = (done: boolean): void => {
    told = performance.now();
    const message: SoakMessage = { ...state, memory: Math.round(process.resourceUsage().maxRSS / 1024), done };
    process.send?.(message);
  };
  const change = (next: Partial<typeof state>): void => {
    state = { ...state, ...next };
    if (performance.now() - told >= TELL_EVERY) tell(false);
  };
  return {
    at: (next, at) => change({ next, at }),
    ran: (count) => change({ runs: state.runs + count }),
    failed(text) {
      process.stdout.write(`FAILED ${text}\n`);
      process.exitCode = 1;
      change({ failures: state.failures + 1 });
    },
    end() {
      tell(true);
      if (process.connected) process.disconnect();
    },
  };
}
