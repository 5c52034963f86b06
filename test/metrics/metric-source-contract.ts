import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Instant, millis } from '../../src/api/time.ts';
import type { MetricEndpoint, MetricReply, MetricSource } from '../../src/ports/metrics.ts';

/** One adapter with something to ask behind it: queries that have a known answer there. */
export interface MetricSourceHarness {
  readonly source: MetricSource;
  readonly endpoint: MetricEndpoint;
  /** An endpoint that nobody serves; undefined where that cannot be. */
  readonly deadEndpoint: MetricEndpoint | undefined;
  now(): Instant;
  readonly queries: {
    /** One series of value 0.97. */
    readonly number: string;
    readonly empty: string;
    readonly nan: string;
    readonly infinite: string;
    /** Two series, 1 and 2. */
    readonly several: string;
    /** Refused by the provider for what it says. */
    readonly refused: string;
    /** Not answered within a second; undefined where the provider always answers. */
    readonly slow: string | undefined;
  };
  close(): Promise<void>;
}

/** What every MetricSource must do, whatever stands behind it. */
export function metricSourceContract(name: string, open: () => Promise<MetricSourceHarness>): void {
  describe(`MetricSource: ${name}`, () => {
    let opened: MetricSourceHarness;
    before(async () => {
      opened = await open();
    });
    after(() => opened.close());

    async function withHarness(
      run: (harness: MetricSourceHarness, ask: (query: string) => Promise<MetricReply>) => Promise<void>,
    ): Promise<void> {
      await run(opened, (query) =>
        opened.source.query({ type: 'prometheus', endpoint: opened.endpoint, query, at: opened.now(), timeout: millis(5000) }),
      );
    }

    it('answers one series as a vector of one value', () =>
      withHarness(async ({ queries }, ask) => {
        assert.deepEqual(await ask(queries.number), { kind: 'vector', values: [0.97], warnings: 0 });
      }));

    it('tells no data from NaN and from infinity', () =>
      withHarness(async ({ queries }, ask) => {
        assert.deepEqual(await ask(queries.empty), { kind: 'empty', warnings: 0 });
        assert.deepEqual(await ask(queries.nan), { kind: 'vector', values: [Number.NaN], warnings: 0 });
        assert.deepEqual(await ask(queries.infinite), { kind: 'vector', values: [Infinity], warnings: 0 });
      }));

    it('answers several series with all their values', () =>
      withHarness(async ({ queries }, ask) => {
        const reply = await ask(queries.several);
        assert.ok(reply.kind === 'vector');
        assert.deepEqual(
          reply.values.toSorted((a, b) => a - b),
          [1, 2],
        );
      }));

    it('answers a query that the provider refuses as failed, not to be tried again', () =>
      withHarness(async ({ queries }, ask) => {
        const reply = await ask(queries.refused);
        assert.ok(reply.kind === 'failed');
        assert.deepEqual([reply.reason, reply.retryable], ['query_refused', false]);
      }));

    it('answers a cancelled query as aborted, before and while it runs', () =>
      withHarness(async ({ source, endpoint, now, queries }) => {
        const ask = (signal: AbortSignal): Promise<MetricReply> =>
          source.query({ type: 'prometheus', endpoint, query: queries.slow ?? queries.number, at: now(), timeout: millis(5000), signal });
        const before = await ask(AbortSignal.abort());
        assert.equal(before.kind === 'failed' && before.reason, 'aborted');
        if (queries.slow === undefined) return;
        const controller = new AbortController();
        const pending = ask(controller.signal);
        controller.abort();
        const during = await pending;
        assert.equal(during.kind === 'failed' && during.reason, 'aborted');
      }));

    it('answers a provider that is not there as unreachable, to be tried again', () =>
      withHarness(async ({ source, deadEndpoint, now, queries }) => {
        if (deadEndpoint === undefined) return;
        const reply = await source.query({
          type: 'prometheus',
          endpoint: deadEndpoint,
          query: queries.number,
          at: now(),
          timeout: millis(5000),
        });
        assert.ok(reply.kind === 'failed');
        assert.deepEqual([reply.reason, reply.retryable], ['unreachable', true]);
      }));
  });
}

/** An endpoint at this address that asks for no credentials. */
export function endpointAt(address: string, access: Partial<MetricEndpoint['access']> = {}): MetricEndpoint {
  return { label: 'MetricProvider default', address, access: { headers: [], ...access }, inline: false };
}

/** The discard port: nothing listens there. */
export const DEAD_ENDPOINT = endpointAt('http://127.0.0.1:9');
