import type { ObjectMeta } from '../../api/metadata.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Action, Plan } from '../plan/plan.ts';
import { dropFinalizer, holdsFinalizer } from './finalizer.ts';
import type { ObservedService } from './observed.ts';
import { releaseService } from './release-services.ts';

/** What a Rollout that is being deleted leaves behind; known also of one whose spec cannot be read. */
export interface DeletionFacts {
  readonly metadata: ObjectMeta;
  readonly managedServices: readonly ObservedService[];
}

/**
 * Gives back what outlives the Rollout, in an order that loses no request as long as its pods are there, and lets it go: the garbage collector takes the
 * pods only after that. What is gone already is not missed.
 */
export function decideDeletion(facts: DeletionFacts, written: RolloutStatus | undefined): Plan<RolloutStatus> {
  const status = written ?? { observedGeneration: -1 };
  const { metadata } = facts;
  if (!holdsFinalizer(metadata)) {
    return { actions: [], status, events: [], explain: ['the Rollout is being deleted: its pods serve until they are collected'] };
  }
  const releases = facts.managedServices.map((service) => releaseService(service, 'the Rollout is being deleted'));
  const actions: readonly Action[] = [...releases, dropFinalizer(metadata, 'everything is given back: the Rollout may go')];
  return { actions, status, events: [], explain: actions.map((action) => action.why) };
}
