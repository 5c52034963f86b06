import { type Instant, instant, type Millis, millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { sleep } from '../../ports/sleep.ts';

type Arrival<T> = { readonly due: Instant; readonly event: T } | { readonly due: Instant; readonly end: unknown };

/** The same events in the same order, each `lag` after it arrived; so is the end, or the error that ends them. */
export async function* late<T>(events: AsyncIterable<T>, lag: Millis, clock: Clock, signal: AbortSignal): AsyncIterable<T> {
  const arrivals: Arrival<T>[] = [];
  let wake = (): void => {};
  const arrive = (arrival: Arrival<T>): void => {
    arrivals.push(arrival);
    wake();
  };
  const due = (): Instant => instant(clock.now() + lag);
  void (async () => {
    try {
      for await (const event of events) arrive({ due: due(), event });
      arrive({ due: due(), end: undefined });
    } catch (error) {
      arrive({ due: due(), end: error });
    }
  })();
  for (;;) {
    const next = arrivals.shift();
    if (next === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    await sleep(clock, millis(Math.max(0, next.due - clock.now())), signal);
    if (signal.aborted) return;
    if ('event' in next) yield next.event;
    else if (next.end === undefined) return;
    else throw next.end;
  }
}
