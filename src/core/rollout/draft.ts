import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Instant } from '../../api/time.ts';
import type { Action, PlannedEvent } from '../plan/plan.ts';
import { earliest } from '../time/instants.ts';

/** A decision under way: each rung of the ladder takes one and returns the next. */
export interface Draft {
  /** What later rungs read: pauses, abort, step index as decided so far. */
  readonly status: RolloutStatus;
  readonly actions: readonly Action[];
  readonly events: readonly PlannedEvent[];
  readonly explain: readonly string[];
  readonly wakeAt: Instant | undefined;
}

/** Members to change; undefined takes a member away. */
export type StatusPatch = { readonly [Key in keyof RolloutStatus]?: RolloutStatus[Key] | undefined };

/** The draft with these status members changed. */
export function patch(draft: Draft, change: StatusPatch): Draft {
  const status = { ...draft.status };
  for (const [member, value] of Object.entries(change)) {
    if (value !== undefined) Reflect.set(status, member, value);
    else if (member in status) Reflect.deleteProperty(status, member);
  }
  return { ...draft, status };
}

/** The draft with one more effect. */
export function act(draft: Draft, action: Action): Draft {
  return { ...draft, actions: [...draft.actions, action], explain: [...draft.explain, action.why] };
}

/** The draft with one more line that says why. */
export function say(draft: Draft, line: string): Draft {
  return { ...draft, explain: [...draft.explain, line] };
}

/** The draft with one more Event. */
export function emit(draft: Draft, event: PlannedEvent): Draft {
  return { ...draft, events: [...draft.events, event] };
}

/** The draft that looks again at `at`, or earlier when it already would. */
export function wake(draft: Draft, at: Instant): Draft {
  return { ...draft, wakeAt: earliest(draft.wakeAt, at) };
}
