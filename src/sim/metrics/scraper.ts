import type { Instant, Millis } from '../../api/time.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import { parseExposition } from './exposition.ts';
import { type Labels, labelKey, type SeriesStore } from './promql/series-store.ts';

/** A page to read: the labels go onto every series of it, as Prometheus' target labels do. */
export interface ScrapeTarget {
  /** Address of the page. */
  readonly url: string;
  readonly labels: Labels;
}

/** Reads the page of a target; rejects when it cannot. */
export type ReadPage = (url: string, signal: AbortSignal) => Promise<string>;

export interface ScraperOptions {
  readonly clock: Clock;
  readonly store: SeriesStore;
  /** The targets of this moment, asked before every round. */
  readonly targets: () => readonly ScrapeTarget[];
  readonly interval: Millis;
  readonly read: ReadPage;
}

export interface Scraper {
  start(): void;
  stop(): void;
  /** One round now. */
  scrapeOnce(): Promise<void>;
}

/** Target labels win; what the page says under the same name is kept as `exported_<name>`. */
function mergeLabels(exposed: Labels, target: Labels): Labels {
  const entries = Object.entries(exposed).map(([name, value]) => [Object.hasOwn(target, name) ? `exported_${name}` : name, value] as const);
  return { ...Object.fromEntries(entries), ...target };
}

type Round = Map<string, Labels>;

/**
 * Scrapes all targets on an interval. A series that is not seen any more, because the page or the target is gone, ends at once: the store gets a mark, as
 * Prometheus' staleness markers do.
 */
export function createScraper(options: ScraperOptions): Scraper {
  const { clock, store } = options;
  let timer: Timer | undefined;
  let stopped = new AbortController();
  let seen: Round = new Map();

  async function scrapeTarget(target: ScrapeTarget, at: Instant, round: Round): Promise<void> {
    const put = (labels: Labels, value: number): void => {
      store.append(labels, at, value);
      round.set(labelKey(labels), labels);
    };
    const page = await options.read(target.url, stopped.signal).catch(() => undefined);
    const samples = page === undefined ? undefined : parseExposition(page);
    put({ ...target.labels, __name__: 'up' }, samples === undefined ? 0 : 1);
    for (const sample of samples ?? []) put(mergeLabels(sample.labels, target.labels), sample.value);
  }

  async function scrapeOnce(): Promise<void> {
    const at = clock.now();
    const round: Round = new Map();
    await Promise.all(options.targets().map((target) => scrapeTarget(target, at, round)));
    if (stopped.signal.aborted) return;
    for (const [key, labels] of seen) if (!round.has(key)) store.append(labels, at, undefined);
    seen = round;
  }

  function schedule(): void {
    timer = clock.startTimer(options.interval, () => {
      scrapeOnce().then(
        () => {
          if (!stopped.signal.aborted) schedule();
        },
        () => undefined,
      );
    });
  }

  return {
    start() {
      stopped = new AbortController();
      schedule();
    },
    stop() {
      stopped.abort();
      timer?.cancel();
    },
    scrapeOnce,
  };
}
