import assert from 'node:assert/strict';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { millis } from '../../src/api/time.ts';
import { type DemoOptions, runDemo } from '../../src/demo/run-demo.ts';
import type { Stage } from '../../src/demo/stage.ts';
import { quietLog } from '../kube/quiet-log.ts';
import { findPrometheus } from '../metrics/real-prometheus.ts';
import { type DemoProcess, type Ended, listens, startDemo } from './demo-process.ts';

/** Runs the demo to its end as the README does. */
async function play(
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

/** What every run that ends as told has printed. */
function assertStory(out: string): void {
  const inOrder = [
    /pushes [0-9a-f]{7} "checkout 1"/u,
    /Healthy: revision 1 is stable/u,
    /revision 2 \([a-z0-9]{10}\) is the canary; stable is [a-z0-9]{10}/u,
    /weight: canary 20 %, stable 80 %/u,
    /step 1 of 4: setWeight 20/u,
    /success-rate = 1\.000 \(good, 4 of 4\)/u,
    /verdict Pass/u,
    /weight: canary 60 %, stable 40 %/u,
    /verdict Pass/u,
    /Healthy: revision 2 is stable/u,
    /pushes [0-9a-f]{7} "checkout 3/u,
    /weight: canary 20 %, stable 80 %/u,
    /success-rate = 0\.\d{3} \(BAD, 1 of 4\)/u,
    /success-rate = 0\.\d{3} \(BAD, 2 of 4\)/u,
    /verdict Breach/u,
    /weight: canary 0 %, stable 100 %/u,
    /Degraded: analysis of step 2 breached: success-rate was 0\.\d+, wanted result\[0\] >= 0\.95; 2 of 2 measurements failed, 1 may/u,
    /restoring the files of this Rollout to [0-9a-f]{7}, the last good commit/u,
    /pushed restore commit [0-9a-f]{7} \(shop\/config\.yaml, shop\/rollout\.yaml\)/u,
    /Healthy: revision 3 breached and was reverted by commit [0-9a-f]{40}/u,
    /commit [0-9a-f]{40}\n {4}Author: Sluice/u,
    /What failed: analysis of step 2 breached: success-rate was 0\.\d+, wanted result\[0\] >= 0\.95/u,
    /-\s+PAYMENT_TIMEOUT: 20ms\n.*\+\s+PAYMENT_TIMEOUT: 2s/u,
    /yes {2}there is exactly one restore commit/u,
    /the story ended as told, after \d+ s/u,
  ];
  let rest = out;
  for (const pattern of inOrder) {
    const match = pattern.exec(rest);
    assert.ok(match !== null, `${pattern} is missing or out of order in:\n${out}`);
    rest = rest.slice(match.index + match[0].length);
  }
  assert.doesNotMatch(out, /\bNO\b {3}|\{\{args/u);
  const between = /Healthy: revision 2 is stable([\s\S]*?)is the canary/u.exec(out)?.[1] ?? '';
  assert.doesNotMatch(between, /Progressing|Healthy/u, 'the phase settles once');
}

describe('the demo', { concurrency: 4 }, () => {
  it('tells the whole story, ends with 0, writes no colours into a pipe, and leaves nothing behind', async () => {
    const { code, out, err } = await play();
    assert.equal(code, 0, out + err);
    assert.equal(err, '');
    assertStory(out);
    assert.ok(!out.includes('\u001B'), 'no colour codes when standard output is not a terminal');
  });

  const prometheus = findPrometheus();
  const skip = prometheus === undefined ? 'there is no prometheus on PATH and SLUICE_PROMETHEUS names none' : false;
  it('tells the same story over a real Prometheus', { skip }, async () => {
    const { code, out, err } = await play(['--prometheus', prometheus ?? '']);
    assert.equal(code, 0, out + err);
    assert.match(out, /^A cluster, a repository, and Prometheus \(/mu);
    assertStory(out);
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
    const { code, err } = await play([], { PATH: '/nonexistent' });
    assert.equal(code, 1);
    assert.match(err, /^error: [^\n]*git[^\n]*\n$/u);
  });

  it('says in one line that the named Prometheus cannot be started', async () => {
    const { code, err } = await play(['--prometheus', '/nonexistent/prometheus']);
    assert.equal(code, 1);
    assert.match(err, /^error: [^\n]*\/nonexistent\/prometheus[^\n]*\n$/u);
  });

  it('refuses an option that it does not have', async () => {
    const { code, err } = await play(['--holt']);
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
