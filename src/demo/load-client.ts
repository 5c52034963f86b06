import { Agent, request } from 'node:http';
import { millis } from '../api/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';

/** One place that answers: a ready Pod. */
export interface Backend {
  readonly pod: string;
  readonly port: number;
}

/** What the users of the service saw so far. */
export interface LoadCounts {
  readonly answered: number;
  /** Answers of 500 and above. */
  readonly failed: number;
  /** No answer at all: a Pod that was gone. */
  readonly lost: number;
}

export interface LoadClient {
  counts(): LoadCounts;
  stop(): void;
}

/**
 * Sends requests at a steady rate, whether or not answers come (open loop), each to the next ready Pod in turn: what a Service does with its endpoints.
 * `perSecond` requests, in ticks of 50 ms.
 */
export function startLoad(options: {
  readonly clock: Clock;
  readonly perSecond: number;
  readonly backends: () => readonly Backend[];
}): LoadClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const tick = millis(50);
  let [answered, failed, lost, turn, owed] = [0, 0, 0, 0, 0];
  let timer: Timer | undefined;

  const send = (backend: Backend): void => {
    const call = request({ host: '127.0.0.1', port: backend.port, path: '/', agent }, (response) => {
      answered += 1;
      if ((response.statusCode ?? 0) >= 500) failed += 1;
      response.resume();
    });
    call.on('error', () => {
      lost += 1;
    });
    call.end();
  };
  const beat = (): void => {
    const backends = options.backends();
    for (owed += (options.perSecond * tick) / 1000; owed >= 1; owed -= 1) {
      turn += 1;
      const backend = backends[turn % Math.max(1, backends.length)];
      if (backend !== undefined) send(backend);
    }
    timer = options.clock.startTimer(tick, beat);
  };
  beat();
  return {
    counts: () => ({ answered, failed, lost }),
    stop: () => {
      timer?.cancel();
      agent.destroy();
    },
  };
}
