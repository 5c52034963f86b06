import assert from 'node:assert/strict';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { millis } from '../../src/api/time.ts';
import { type DemoOptions, runDemo } from '../../src/demo/run-demo.ts';
import type { Stage } from '../../src/demo/stage.ts';
import { quietLog } from '../kube/quiet-log.ts';
import { assertStory } from './assert-story.ts';
import { listens, startDemo } from './demo-process.ts';
import { playDemo } from './play-demo.ts';

interface Told {
  readonly code: number;
  readonly out: string;
  readonly stage: Stage | undefined;
}

/** Runs the demo in this process with something about it changed. */
async function tell(change: Partial<DemoOptions>): Promise<Told> {
  const text: string[] = [];
  const seen: Stage[] = [];
  const code = await runDemo({
    clock: createSystemClock(),
    random: () => 0.5,
    log: quietLog(),
    out: (chunk) => void text.push(chunk),
    color: false,
    hold: false,
    prometheusBinary: undefined,
    environment: process.env,
    signal: new AbortController().signal,
    plugin: { node: process.execPath, script: 'kubectl-sluice.ts' },
    ...change,
    onStage: async (stage) => {
      seen.push(stage);
      await change.onStage?.(stage);
    },
  });
  return { code, out: text.join(''), stage: seen[0] };
}

describe('the demo', { concurrency: 4 }, () => {
  it('tells the whole story, ends with 0, writes no colours into a pipe, and leaves nothing behind', async () => {
    const { code, out, err } = await playDemo();
    assert.equal(code, 0, out + err);
    assert.equal(err, '');
    assertStory(out);
    assert.ok(!out.includes('\u001B'), 'no colour codes when standard output is not a terminal');
  });

  it('ends with 130 when it is interrupted, wherever it is, and leaves nothing behind', async () => {
    for (const moment of [/repository, and/u, /step 2 of 4: analysis/u]) {
      const demo = startDemo();
      try {
        await demo.saw(moment);
        demo.interrupt();
        const { code, out } = await demo.ended;
        assert.equal(code, 130, out);
        assert.doesNotMatch(out, /did not end as told|agree\?/u);
        assert.deepEqual(demo.leftFiles(), []);
        assert.equal(demo.leftProcesses(), false);
      } finally {
        await demo.dispose();
      }
    }
  });

  it('says in one line that git is missing', async () => {
    const { code, err } = await playDemo([], { PATH: '/nonexistent' });
    assert.equal(code, 1);
    assert.match(err, /^error: [^\n]*git[^\n]*\n$/u);
  });

  it('says in one line that the named Prometheus cannot be started', async () => {
    const { code, err } = await playDemo(['--prometheus', '/nonexistent/prometheus']);
    assert.equal(code, 1);
    assert.match(err, /^error: [^\n]*\/nonexistent\/prometheus[^\n]*\n$/u);
  });

  it('refuses an option that it does not have', async () => {
    const { code, err } = await playDemo(['--holt']);
    assert.equal(code, 2);
    assert.match(err, /--holt.*did you mean --hold/isu);
  });

  it('ends with 1 when nothing is wrong with the bad release', async () => {
    const { code, out, stage } = await tell({ errorRates: {} });
    assert.equal(code, 1, out);
    assert.match(out, /the story did not end as told: the bad release was promoted/u);
    assert.ok(stage !== undefined && !existsSync(stage.directory));
  });

  it('ends with 1 and the reason when the repository refuses the restore commit', async () => {
    const { code, out, stage } = await tell({
      onStage: ({ directory }) => {
        const hook = path.join(directory, 'shop.git', 'hooks', 'pre-receive');
        writeFileSync(hook, '#!/bin/sh\necho "main is protected" >&2\nexit 1\n');
        chmodSync(hook, 0o755);
      },
    });
    assert.equal(code, 1, out);
    assert.match(
      out,
      /Degraded: .*\n[\s\S]*the story did not end as told: there is no restore commit: Blocked \(\w+\): .*main is protected/u,
    );
    assert.ok(stage !== undefined && !existsSync(stage.directory));
    assert.equal(await listens(Number(new URL(stage.adminUrl).port)), false);
  });

  it('ends with 1 and what is the case instead when a chapter takes too long', async () => {
    const { code, out, stage } = await tell({ chapterLimit: millis(50) });
    assert.equal(code, 1, out);
    assert.match(out, /not within 0\.05 s: the first revision becomes healthy; there is no Rollout/u);
    assert.ok(stage !== undefined && !existsSync(stage.directory));
  });
});
