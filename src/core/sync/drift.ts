import type { KubeObject } from '../../api/metadata.ts';
import { canonicalDigest } from './canonical-digest.ts';
import { specFieldsByManager } from './spec-owner.ts';

const SERVER_FIELDS = ['managedFields', 'resourceVersion', 'generation', 'creationTimestamp', 'uid', 'selfLink'];

function comparable(object: KubeObject): unknown {
  const { status: _status, ...rest } = object;
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([field]) => !SERVER_FIELDS.includes(field)));
  return { ...rest, metadata };
}

/** Whether applying would change the object: the dry run's result differs from what is there in anything but the server's own fields and status. */
export function hasDrifted(live: KubeObject, dryRun: KubeObject): boolean {
  return canonicalDigest(comparable(live)) !== canonicalDigest(comparable(dryRun));
}

/** Fields of a Rollout's spec that people, autoscalers and Sluice steer beside Git. */
const STEERED = new Set(['.', 'f:replicas', 'f:paused', 'f:restartAt']);

/**
 * Whether anybody but `manager` owns fields of the object's spec that are not steered beside Git: then a generation that our apply did not make
 * is theirs, and no commit may be blamed for it.
 */
export function hasForeignSpec(live: KubeObject, manager: string): boolean {
  return specFieldsByManager(live)
    .filter((entry) => entry.manager !== manager)
    .some((entry) => entry.fields.some((field) => !STEERED.has(field)));
}
