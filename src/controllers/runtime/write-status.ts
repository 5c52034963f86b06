import { z } from 'zod';
import { type Condition, conditionSchema } from '../../api/conditions.ts';
import { FIELD_MANAGER } from '../../api/field-manager.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { deepEqual } from '../../core/identity/deep-equal.ts';
import type { Cluster, ResourceKind } from '../../ports/cluster.ts';

const knownConditions = z.looseObject({ conditions: z.array(conditionSchema) });

/** The conditions that an object carries, also when the rest of it cannot be read. */
export function conditionsOf(raw: KubeObject): readonly Condition[] | undefined {
  const parsed = knownConditions.safeParse(raw['status']);
  return parsed.success ? parsed.data.conditions : undefined;
}

/** Replaces the status by compare-and-swap, unless it is there already. The object written, or undefined when nothing was. */
export function writeStatus(
  cluster: Pick<Cluster, 'update'>,
  kind: ResourceKind,
  raw: KubeObject,
  status: object,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  if (deepEqual(status, raw['status'])) return Promise.resolve(undefined);
  return cluster.update(kind, { ...raw, status }, { subresource: 'status', fieldManager: FIELD_MANAGER, signal });
}
