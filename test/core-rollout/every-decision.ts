import assert from 'node:assert/strict';
import { rolloutStatusSchema } from '../../src/api/rollout-status.ts';
import { decideRollout } from '../../src/core/rollout/decide-rollout.ts';
import type { ObservedRollout } from '../../src/core/rollout/observed.ts';
import type { World } from './world.ts';

export type Decided = ReturnType<typeof decideRollout>;

/** One decision, which a second call must give again, with a status that fits its schema. */
export function decideTwice(world: World): { readonly observed: ObservedRollout; readonly plan: Decided } {
  const observed = world.observe();
  const plan = decideRollout(observed, world.now);
  assert.deepEqual(decideRollout(observed, world.now), plan, 'two calls are equal');
  // One that is the same object as before was looked at when it was new.
  if (plan.status !== world.status)
    assert.deepEqual(rolloutStatusSchema.safeParse(plan.status).error?.issues, undefined, 'the status fits its schema');
  return { observed, plan };
}

/** No object is written twice in one pass. */
export function assertOneWriteEach(plan: Decided): void {
  const written = plan.actions.flatMap((action) => ('target' in action ? [action.target.uid] : []));
  assert.equal(new Set(written).size, written.length, 'one write an object and pass');
}

/** S8: only a breach writes the intent to restore. */
export function assertIntentIsOfABreach(world: World, observed: ObservedRollout, { status: { rollback } }: Decided): void {
  if (rollback?.state !== 'Intent' || world.status?.rollback?.id === rollback.id) return;
  const breached = observed.analysisRuns.some((run) => run.status?.phase === 'Failed');
  assert.ok(breached, 'S8: only a breach writes the intent');
}

/** Lets things calm down for so many rounds, each followed by `look`; the last decision, which must have nothing left to do. */
export function comeToRest(world: World, rounds: number, look: (world: World) => void = () => undefined): Decided {
  for (let round = 0; round < rounds; round += 1) {
    world.judgeAll('Successful');
    world.tick(20);
    look(world);
  }
  const calm = world.status;
  const plan = world.pass();
  assert.deepEqual(plan.actions, [], plan.explain.join('\n'));
  assert.equal(plan.status, calm, 'a fixpoint: nothing to write');
  return plan;
}

/** Where a canary comes to rest: Healthy, paused, or given up. */
export function assertCanaryRests({ status, explain }: Decided): void {
  assert.ok(['Healthy', 'Paused', 'Degraded'].includes(status.phase ?? ''), `${status.phase}: ${explain.join('\n')}`);
  if (status.phase === 'Degraded') assert.ok(status.abort === true || /; frozen since /.test(status.message ?? ''), status.message);
}
