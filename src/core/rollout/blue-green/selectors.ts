import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import { type Draft, emit, say } from '../draft.ts';
import { haltOf } from '../halt.ts';
import type { ObservedReplicaSet, ObservedService } from '../observed.ts';
import { selectedHash } from '../selected-hash.ts';
import { canTakeOver, switchTo } from '../service-switch.ts';
import { activeHash, activeService, isReadyToServe, isSwitched, mayServe, previewService } from './place.ts';
import { isDue } from './scale-down.ts';

/** Who should have the traffic, and whether it can take it now. */
interface Heir {
  readonly set: ObservedReplicaSet | undefined;
  readonly able: boolean;
}

/**
 * The active Service is the traffic. Forward it goes only to a revision that was cleared and is ready at full size; back it goes as soon as stable can carry
 * what is carried now, whatever the failing side does.
 */
function heir(context: Context, status: RolloutStatus, active: ObservedService): Heir {
  const { current, stable } = context;
  if (status.stableRS === undefined) return { set: current, able: isReadyToServe(context) };
  if (!underTest(context, status)) return { set: current, able: canTakeOver(context, current, active) };
  if (status.abort !== true) {
    if (isSwitched(context, status)) return { set: current, able: true };
    const held = haltOf(context, status) !== undefined;
    if (!held && mayServe(context, status) && isReadyToServe(context)) return { set: current, able: true };
  }
  return { set: stable, able: canTakeOver(context, stable, active) };
}

function planActive(context: Context, draft: Draft, active: ObservedService): Draft {
  const { set, able } = heir(context, draft.status, active);
  const from = selectedHash(active);
  if (set?.hash === undefined || (!able && from !== set.hash)) {
    return from === undefined || set?.hash === undefined
      ? draft
      : say(draft, `Service ${active.name} stays with revision ${from}: revision ${set.hash} has ${set.countable} ready pods`);
  }
  const switched = switchTo(context, draft, active, set);
  if (from === set.hash || switched.actions.length === draft.actions.length) return switched;
  const message = `Switched active Service ${active.name} from ${from ?? 'no revision'} to revision ${set.hash}`;
  return emit(switched, { type: 'Normal', reason: 'SwitchService', message });
}

/**
 * The preview Service goes to the revision under test once that has a ready pod, and does not flap with its readiness. Until then it stays with what serves
 * there, unless that has to leave; the preview of an aborted release is kept as long as its pods. Else it is stable's.
 */
function previewTarget(context: Context, status: RolloutStatus, preview: ObservedService): ObservedReplicaSet | undefined {
  const { current, stable } = context;
  if (!underTest(context, status)) return current;
  const selected = context.observed.replicaSets.find((set) => set.hash !== undefined && set.hash === selectedHash(preview));
  if (status.abort !== true) {
    if (current !== undefined && (selected === current || current.countable > 0)) return current;
  } else if (selected === undefined || selected !== current) return stable;
  const stays = selected !== undefined && selected.countable > 0 && !isDue(context, status, selected);
  return stays ? selected : stable;
}

/** One decision a pass for each Service: never an empty hash, never a revision without ready pods (S13, S2). */
export function planSelectors(context: Context, draft: Draft): Draft {
  const [active, preview] = [activeService(context), previewService(context)];
  const switched = active === undefined ? draft : planActive(context, draft, active);
  return preview === undefined ? switched : switchTo(context, switched, preview, previewTarget(context, draft.status, preview));
}

/** What this Service selects once the plan is carried out. */
export function plannedHash(draft: Draft, service: ObservedService | undefined): string | undefined {
  if (service === undefined) return undefined;
  const planned = draft.actions.flatMap((action) =>
    action.type === 'setServiceSelector' && action.target.uid === service.uid ? [action.selector] : [],
  )[0];
  return planned === undefined ? selectedHash(service) : selectedHash({ ...service, selector: planned });
}

/** The revision that has the traffic once the plan is carried out. */
export function plannedActive(context: Context, draft: Draft): string | undefined {
  return plannedHash(draft, activeService(context)) ?? activeHash(context);
}
