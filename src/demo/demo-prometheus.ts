import { startPrometheus } from '../adapters/metrics/prometheus/start-prometheus.ts';
import { millis } from '../api/time.ts';
import type { Clock } from '../ports/clock.ts';
import { createPrometheusEndpoint } from '../sim/metrics/prometheus-endpoint.ts';
import type { ScrapeTarget } from '../sim/metrics/scraper.ts';

/** Where the demo's SLIs are read, and what answers there. */
export interface DemoPrometheus {
  readonly address: string;
  /** As the timeline names it. */
  readonly what: string;
  /** How long after a Pod's start its rates can be read, as a duration of a manifest. */
  readonly firstRates: string;
  close(): Promise<void>;
}

export interface DemoPrometheusOptions {
  readonly clock: Clock;
  readonly directory: string;
  readonly binary: string | undefined;
  readonly targets: () => readonly ScrapeTarget[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A real Prometheus when there is a binary, else the built-in endpoint that speaks the same API. */
export async function startDemoPrometheus(options: DemoPrometheusOptions): Promise<DemoPrometheus> {
  if (options.binary !== undefined) {
    // Prometheus takes up new targets every 5 s; a rate needs two scrapes on top.
    const running = await startPrometheus({ ...options, binary: options.binary });
    return { address: running.address, what: `Prometheus (${options.binary})`, firstRates: '8s', close: () => running.close() };
  }
  const endpoint = await createPrometheusEndpoint({ clock: options.clock, targets: options.targets, scrapeInterval: millis(500) });
  return { address: endpoint.address, what: 'the built-in Prometheus API', firstRates: '2s', close: () => endpoint.close() };
}
