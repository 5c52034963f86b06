import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Millis, millis } from '../../api/time.ts';
import type { Clock } from '../../ports/clock.ts';
import { createSeriesStore, type SeriesStore } from './promql/series-store.ts';
import { type ApiAnswer, answerQuery, answerQueryRange } from './promql-api.ts';
import { createPageReader } from './read-page.ts';
import { createScraper, type ReadPage, type ScrapeTarget } from './scraper.ts';

const MAX_FORM_BYTES = 64 * 1024;

export interface PrometheusEndpointOptions {
  readonly clock: Clock;
  /** What to scrape now; asked before every round. */
  readonly targets: () => readonly ScrapeTarget[];
  readonly scrapeInterval: Millis;
  /** How far back queries can look; 15 minutes when absent. */
  readonly retention?: Millis | undefined;
  /** How a page is read; over HTTP when absent. */
  readonly read?: ReadPage | undefined;
  /** Port on 127.0.0.1; a free one when absent. */
  readonly port?: number | undefined;
}

export interface PrometheusEndpoint {
  /** `http://127.0.0.1:<port>`: the address for a MetricProvider. */
  readonly address: string;
  readonly store: SeriesStore;
  /** One scrape of all targets, beside the interval. */
  scrapeOnce(): Promise<void>;
  close(): Promise<void>;
}

/** The form of a POST; undefined when it is too long. */
async function readForm(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_FORM_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function badData(status: number, error: string): ApiAnswer {
  return { status, body: { status: 'error', errorType: 'bad_data', error } };
}

async function parametersOf(request: IncomingMessage, url: URL): Promise<URLSearchParams | undefined> {
  const parameters = new URLSearchParams(url.search);
  if (request.method !== 'POST') return parameters;
  const form = await readForm(request);
  if (form === undefined) return undefined;
  for (const [name, value] of new URLSearchParams(form)) parameters.append(name, value);
  return parameters;
}

async function route(request: IncomingMessage, store: SeriesStore, clock: Clock): Promise<ApiAnswer | string> {
  const url = URL.parse(request.url ?? '/', 'http://localhost');
  if (url === null) return badData(400, 'the address cannot be read');
  if (url.pathname === '/-/ready' || url.pathname === '/-/healthy') return 'Sluice built-in metrics endpoint is ready.\n';
  const answer = url.pathname === '/api/v1/query' || url.pathname === '/api/v1/query_range' ? url.pathname : undefined;
  if (answer === undefined) {
    const error = `${url.pathname} is not served by the built-in endpoint; there are /api/v1/query, /api/v1/query_range and /-/ready`;
    return { status: 404, body: { status: 'error', errorType: 'not_found', error } };
  }
  if (request.method !== 'GET' && request.method !== 'POST') return badData(405, 'only GET and POST are served');
  const parameters = await parametersOf(request, url);
  if (parameters === undefined) return badData(413, `the form is longer than ${MAX_FORM_BYTES} bytes`);
  return answer === '/api/v1/query' ? answerQuery(store, parameters, clock.now()) : answerQueryRange(store, parameters);
}

function send(response: ServerResponse, answer: ApiAnswer | string): void {
  if (typeof answer === 'string') {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(answer);
    return;
  }
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
}

/**
 * A small real Prometheus for the demo and the simulator, on 127.0.0.1: scrapes targets, remembers minutes, and answers the query API for a subset of
 * PromQL. What is outside the subset is refused by name, never answered approximately.
 */
export async function createPrometheusEndpoint(options: PrometheusEndpointOptions): Promise<PrometheusEndpoint> {
  const { clock } = options;
  const store = createSeriesStore(options.retention ?? millis(15 * 60_000));
  const timeout = millis(Math.max(100, Math.min(options.scrapeInterval, 5000)));
  const read = options.read ?? createPageReader(clock, timeout);
  const scraper = createScraper({ clock, store, targets: options.targets, interval: options.scrapeInterval, read });
  const server = createServer((request, response) => {
    route(request, store, clock).then(
      (answer) => send(response, answer),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  scraper.start();
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    address: `http://127.0.0.1:${port}`,
    store,
    scrapeOnce: () => scraper.scrapeOnce(),
    async close() {
      scraper.stop();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
