import { z } from 'zod';
import { LEASE } from '../api/kinds.ts';
import type { KubeObject } from '../api/metadata.ts';
import { type Instant, type Millis, millis } from '../api/time.ts';
import { formatMicroTime } from './micro-time.ts';

const specSchema = z.looseObject({
  holderIdentity: z.string().nullish(),
  leaseDurationSeconds: z.number().nullish(),
  acquireTime: z.string().nullish(),
  renewTime: z.string().nullish(),
  leaseTransitions: z.number().nullish(),
});

/** A Lease as an elector reads it. */
export interface LeaseRecord {
  /** '' when nobody holds it. */
  readonly holder: string;
  readonly duration: Millis;
  readonly acquireTime: string | undefined;
  readonly transitions: number;
  readonly resourceVersion: string;
}

/** Reads a Lease; one without a readable spec is held by nobody. */
export function readLease(object: KubeObject): LeaseRecord {
  const parsed = specSchema.safeParse(object['spec'] ?? {});
  const spec = parsed.success ? parsed.data : {};
  return {
    holder: spec.holderIdentity ?? '',
    duration: millis((spec.leaseDurationSeconds ?? 0) * 1000),
    acquireTime: spec.acquireTime ?? undefined,
    transitions: spec.leaseTransitions ?? 0,
    resourceVersion: object.metadata.resourceVersion ?? '',
  };
}

export interface LeaseClaim {
  readonly name: string;
  readonly namespace: string;
  /** '' gives the lease back. */
  readonly holder: string;
  readonly duration: Millis;
  readonly now: Instant;
}

/** The Lease that says so, as the successor of `before`; carries its version, so that it is written only over what was read. */
export function writeLease(claim: LeaseClaim, before: LeaseRecord | undefined): KubeObject {
  const now = formatMicroTime(claim.now);
  const stays = before !== undefined && (before.holder === claim.holder || claim.holder === '');
  const transitions = before === undefined ? 0 : before.transitions + (stays ? 0 : 1);
  return {
    apiVersion: `${LEASE.group}/${LEASE.version}`,
    kind: LEASE.kind,
    metadata: {
      name: claim.name,
      namespace: claim.namespace,
      ...(before === undefined ? {} : { resourceVersion: before.resourceVersion }),
    },
    spec: {
      holderIdentity: claim.holder,
      leaseDurationSeconds: Math.max(1, Math.round(claim.duration / 1000)),
      acquireTime: stays ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: transitions,
    },
  };
}
