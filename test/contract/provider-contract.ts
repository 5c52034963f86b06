import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { MetricFailure, MetricReply } from '../../src/ports/metrics.ts';

/** What stands in for a credential, or for text that a provider sends: no reply may repeat it. */
export const PLANTED = 'planted-secret-41b7';

/** How the provider behind the source acts. */
export type ProviderState = 'answers' | 'refuses' | 'absent';

/** One metric provider: a question to it, in each of its states. */
export interface ProviderHarness {
  ask(state: ProviderState, signal?: AbortSignal): Promise<MetricReply>;
  /** Its word for a question that is refused for what it says. */
  readonly refusal: MetricFailure;
  close(): Promise<void>;
}

/** What every metric provider must do, whatever kind of question it takes: it never rejects, and tells what may be tried again from what may not. */
export function providerContract(name: string, open: () => Promise<ProviderHarness>): void {
  describe(`the metric provider ${name}`, () => {
    let harness: ProviderHarness;
    before(async () => {
      harness = await open();
    });
    after(() => harness.close());

    const failed = async (state: ProviderState, signal?: AbortSignal): Promise<readonly [string, boolean]> => {
      const reply = await harness.ask(state, signal);
      assert.ok(reply.kind === 'failed', `${reply.kind} where a failure was expected`);
      assert.ok(!reply.message.includes(PLANTED), reply.message);
      assert.ok(reply.message.length > 0 && reply.message.length < 1000, reply.message);
      return [reply.reason, reply.retryable];
    };

    it('has an answer, or a measurement under way, where one is to be had', async () => {
      assert.notEqual((await harness.ask('answers')).kind, 'failed');
    });

    it('tells a question that is refused for what it says, and that it is not to be tried again', async () => {
      assert.deepEqual(await failed('refuses'), [harness.refusal, false]);
    });

    it('tells a provider that is not there, and that it is to be tried again', async () => {
      assert.deepEqual(await failed('absent'), ['unreachable', true]);
    });

    it('tells a question that was cancelled', async () => {
      const [reason] = await failed('answers', AbortSignal.abort());
      assert.equal(reason, 'aborted');
    });

    it('answers again as if nothing had been after all of that', async () => {
      assert.notEqual((await harness.ask('answers')).kind, 'failed');
    });
  });
}
