import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import type { ObservedReplicaSet, ObservedService } from '../observed.ts';
import { surgeOf } from '../restart/restart-surge.ts';
import { skipsGates } from '../rollback-window.ts';
import { selectedHash } from '../selected-hash.ts';
import { countOf } from '../sizing.ts';
import { settingsOf } from './settings.ts';

/** The active Service as it was read. */
export function activeService(context: Context): ObservedService | undefined {
  return context.observed.services.get(settingsOf(context).activeService);
}

/** The preview Service as it was read; undefined when the strategy names none. */
export function previewService(context: Context): ObservedService | undefined {
  const name = settingsOf(context).previewService;
  return name === undefined ? undefined : context.observed.services.get(name);
}

/** The revision that has the traffic: as the active Service says, or as status remembers when somebody took the hash out of its selector. */
export function activeHash(context: Context): string | undefined {
  const service = activeService(context);
  const selected = service === undefined ? undefined : selectedHash(service);
  return selected ?? context.previous?.blueGreen?.activeSelector;
}

/** The ReplicaSet that has the traffic; undefined with a canary, and before the active Service leads to any. */
export function activeSet(context: Context): ObservedReplicaSet | undefined {
  const hash = context.blueGreen === undefined ? undefined : activeHash(context);
  return hash === undefined ? undefined : context.observed.replicaSets.find((set) => set.owned && set.hash === hash);
}

/** Everything before the switch is over: what is left is the full size. */
export function isCleared(status: RolloutStatus): boolean {
  return skipsGates(status) || status.blueGreen?.scaleUpPreviewCheckPoint === true;
}

/**
 * Whether the revision under test may have the traffic. Only what is written counts, so that the switch never comes before the status that says why.
 * Without a stable ReplicaSet it is all that can serve.
 */
export function mayServe(context: Context, status: RolloutStatus): boolean {
  const written = context.previous?.currentPodHash === context.hash && isCleared(context.previous) && isCleared(status);
  return written || context.stable === undefined;
}

/** The revision under test has the traffic by right. */
export function isSwitched(context: Context, status: RolloutStatus): boolean {
  return underTest(context, status) && activeHash(context) === context.hash && mayServe(context, status);
}

/** Pods of the preview: at most the full size. */
export function previewSize(context: Context): number {
  return Math.min(settingsOf(context).previewReplicas ?? context.limits.replicas, context.limits.replicas);
}

/** Of this size, not counting the pods that a restart adds. */
function hasSize(context: Context, size: number): boolean {
  const { current, previous } = context;
  const { spec, available } = countOf(current);
  const surge = previous === undefined ? 0 : surgeOf(previous, context.hash);
  return current?.statusCurrent === true && (spec === size || spec === size + surge) && available >= size;
}

/** The EndpointSlices of this Service show that many ready pods of the current revision. */
function shows(context: Context, service: ObservedService, pods: number): boolean {
  return pods === 0 || (selectedHash(service) === context.hash && (service.readyByHash[context.hash] ?? 0) >= pods);
}

/** The preview is there: its pods serve, and the preview Service leads to them. */
export function isPreviewReady(context: Context): boolean {
  const size = previewSize(context);
  const preview = previewService(context);
  return hasSize(context, size) && (preview === undefined || shows(context, preview, size));
}

/** The current revision could take all of the traffic: full size, and seen through the preview Service where there is one. */
export function isReadyToServe(context: Context): boolean {
  const { replicas } = context.limits;
  const preview = previewService(context);
  return hasSize(context, replicas) && (preview === undefined || shows(context, preview, replicas));
}

/** The traffic arrives: full size, and the active Service leads to all of it. At size 0 there is no traffic. */
export function isServing(context: Context): boolean {
  const active = activeService(context);
  return hasSize(context, context.limits.replicas) && active !== undefined && shows(context, active, context.limits.replicas);
}
