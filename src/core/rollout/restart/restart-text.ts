import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { formatInstant } from '../../../api/time.ts';
import type { Context } from '../context.ts';
import { ordinalOf } from '../ordinal.ts';
import { dueRestart, nextRestart } from './due-restart.ts';

/** What a restart is at and waits for; undefined when none is due. */
export function restartText(context: Context, status: RolloutStatus): string | undefined {
  const restart = dueRestart(context.rollout, status, context.now);
  if (restart === undefined) return undefined;
  const { podTemplateHash, left, surge } = status.restart ?? {};
  const observed = context.observed.restart;
  const set = context.observed.replicaSets.find((one) => one.hash === podTemplateHash);
  const whose = set === undefined ? '' : ` of revision ${ordinalOf(set)}`;
  const count = left === undefined ? 'pods' : `${left} pod${left === 1 ? '' : 's'}`;
  const more = surge === undefined ? '' : `, with ${surge} more meanwhile`;
  const refused = observed?.refused;
  const waits =
    observed?.problem !== undefined
      ? `; ${observed.problem}`
      : refused === undefined
        ? ''
        : `; the eviction of ${refused.pod} is refused since ${formatInstant(refused.since)}: ${refused.message}; it is tried again`;
  return `restart: ${count}${whose} created before ${restart.text} ${left === 1 ? 'is' : 'are'} replaced${more}${waits}`;
}

/** The next restart whose time has not come; undefined for none. */
export function plannedRestartText(context: Context, status: RolloutStatus): string | undefined {
  const next = nextRestart(context.rollout, status, context.now);
  if (next === undefined) return undefined;
  const how = context.rollout.spec.restartAt === next.text ? 'spec.restartAt asks for it' : 'somebody asked for it';
  return `a restart begins at ${next.text}: ${how}`;
}

/** The restart waits for what only others can change: a disruption budget, or rights. */
export function restartIsHeld(context: Context, status: RolloutStatus): boolean {
  const observed = context.observed.restart;
  const held = observed?.refused !== undefined || observed?.problem !== undefined;
  return held && dueRestart(context.rollout, status, context.now) !== undefined;
}
