import assert from 'node:assert/strict';

/** What every run of the demo that ends as told has printed, in order; throws an AssertionError. */
export function assertStory(out: string): void {
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
    // On a slow machine the new pods may be scraped for the first time after a measurement or two, which are inconclusive.
    /success-rate = 0\.\d{3} \(BAD, [123] of 4\)/u,
    /success-rate = 0\.\d{3} \(BAD, [234] of 4\)/u,
    /verdict Breach/u,
    /weight: canary 0 %, stable 100 %/u,
    /Degraded: analysis of step 2 breached: success-rate was 0\.\d+, wanted result\[0\] >= 0\.95; 2 of [234] measurements failed, 1 may/u,
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
