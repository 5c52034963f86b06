import { LEASE, ROLLOUT } from '../../api/kinds.ts';
import { stableJson } from '../cluster/stable-json.ts';
import type { Finding, ObservedWrite } from './invariant.ts';
import { kindKey, named, viewRollout } from './world-view.ts';

/** The controller's writes without those to Leases, which go on for ever. */
export function controllerWrites(writes: readonly ObservedWrite[]): readonly ObservedWrite[] {
  return writes.filter((write) => write.byController && kindKey(write.request.kind) !== kindKey(LEASE));
}

/** How often the controller wrote during each step of each Rollout: `shop/web <hash> step 0` and so on (L7). */
export function writesPerStep(writes: readonly ObservedWrite[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  let place = 'before the first status';
  for (const write of controllerWrites(writes)) {
    counts.set(place, (counts.get(place) ?? 0) + 1);
    const rollout = kindKey(write.request.kind) === kindKey(ROLLOUT) ? viewRollout(write.after) : undefined;
    if (rollout !== undefined) place = `${named(rollout)} ${rollout.status.currentPodHash} step ${rollout.status.currentStepIndex ?? 0}`;
  }
  return counts;
}

function content(object: ObservedWrite['after']): string {
  if (object === undefined) return 'absent';
  const { metadata, ...rest } = object;
  return stableJson([metadata.labels, metadata.annotations, metadata.finalizers, rest]);
}

/** Writes of the controller that put an object back to what it was two own writes before, with nobody else writing to it in between: A, B, A (L7). */
export function oscillations(writes: readonly ObservedWrite[]): readonly Finding[] {
  const past = new Map<string, readonly string[]>();
  const findings: Finding[] = [];
  for (const write of writes) {
    const object = write.after ?? write.before;
    if (object === undefined) continue;
    const key = `${kindKey(write.request.kind)} ${named(object)}`;
    const [older, old] = write.byController ? (past.get(key) ?? []).slice(-2) : [];
    const next = content(write.after);
    if (write.byController && older === next && old !== next)
      findings.push({ object: key, message: 'the controller wrote A, then B, then A again' });
    past.set(key, write.byController ? [...(past.get(key) ?? [content(write.before)]), next].slice(-3) : [next]);
  }
  return findings;
}
