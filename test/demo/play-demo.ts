import assert from 'node:assert/strict';
import { type DemoProcess, type Ended, startDemo } from './demo-process.ts';

/** Runs the demo to its end as the README does. */
export async function playDemo(
  words: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended & { readonly demo: DemoProcess }> {
  const demo = startDemo(words, environment);
  try {
    const ended = await demo.ended;
    assert.deepEqual(demo.leftFiles(), []);
    assert.equal(demo.leftProcesses(), false);
    return { ...ended, demo };
  } finally {
    await demo.dispose();
  }
}
