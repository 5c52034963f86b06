import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant } from '../../api/time.ts';
import { deepEqual } from '../../core/identity/deep-equal.ts';
import type { Action, Plan } from '../../core/plan/plan.ts';
import { clean, cleanLines } from '../render/escape.ts';
import type { DecisionLines, EffectLine } from './explanation.ts';

/** A plan in lines: each effect with its reason, then what else was decided. */
export function describeDecision(plan: Plan<RolloutStatus>, before: RolloutStatus | undefined): DecisionLines {
  const told = new Set<string>(plan.actions.map((action) => action.why));
  // The last line repeats phase and message.
  const isVerdict = (line: string): boolean => plan.status.message !== undefined && line.endsWith(`): ${plan.status.message}`);
  return {
    phase: plan.status.phase ?? 'Progressing',
    message: cleanLines(plan.status.message ?? ''),
    effects: plan.actions.map(effectOf),
    because: plan.explain.filter((line) => !told.has(line) && !isVerdict(line)).map((line) => cleanLines(line)),
    statusChanges: changedMembers(before, plan.status),
    events: plan.events.map((event) => clean(`${event.type} ${event.reason}: ${event.message}`)),
    looksAgainAt: plan.requeueAt === undefined ? undefined : formatInstant(plan.requeueAt),
  };
}

function effectOf(action: Action): EffectLine {
  return { type: action.type, target: clean(targetOf(action), 300), why: clean(action.why) };
}

function targetOf(action: Action): string {
  if ('target' in action) return action.target.name;
  switch (action.type) {
    case 'createReplicaSet':
    case 'createService':
    case 'createAnalysisRun':
      return action.object.metadata.name;
    case 'copyConfig':
      return action.copy;
    case 'routeTraffic':
    case 'releaseTraffic':
      return action.objects.map((object) => `${object.kind.kind} ${object.name}`).join(', ') || action.router;
  }
}

function changedMembers(before: RolloutStatus | undefined, after: RolloutStatus): readonly string[] {
  if (before === undefined) return Object.keys(after).toSorted();
  const members = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...members].filter((key) => !deepEqual(Reflect.get(before, key), Reflect.get(after, key))).toSorted();
}
