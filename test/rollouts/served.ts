import assert from 'node:assert/strict';
import { POD, SERVICE } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import type { ObservedWrite } from '../../src/sim/invariants/invariant.ts';
import { isServing, selectorOf } from '../../src/sim/invariants/world-view.ts';
import { selects } from '../../src/sim/world/workload-views.ts';

/**
 * Fails when, after some write of the run, fewer than `least` ready pods were selected by a Service of the namespace `shop`, once that many had been. A pod
 * that was told to go is not counted, although it still answers.
 */
export function assertAlwaysServed(run: { readonly writes: readonly ObservedWrite[] }, service: string, least: number): void {
  const pods = new Map<string, KubeObject>();
  let selector: Readonly<Record<string, string>> = {};
  let reached = false;
  for (const { request, before, after } of run.writes) {
    if (request.kind.kind === POD.kind) {
      const name = (after ?? before)?.metadata.name ?? '';
      if (after === undefined) pods.delete(name);
      else pods.set(name, after);
    }
    if (request.kind.kind === SERVICE.kind && after?.metadata.name === service) selector = selectorOf(after);
    const serving = [...pods.values()].filter((pod) => isServing(pod) && selects(selector, pod.metadata.labels)).length;
    assert.ok(!reached || serving >= least, `${serving} pods behind ${service} after ${request.verb} ${request.kind.kind} ${request.name}`);
    reached ||= serving >= least;
  }
  assert.ok(reached, `${service} never had ${least} ready pods`);
}
