import type { KubeObject } from '../../api/metadata.ts';
import { fieldsOf } from './fields-of.ts';

/** Field manager of everything that GitSync applies; never the one of Sluice's controllers. */
export const SYNC_MANAGER = 'sluice-gitsync';

/** Fields of `spec` (`f:replicas`) by the manager that owns them, of writes to the object itself. */
export function specFieldsByManager(live: KubeObject): readonly { readonly manager: unknown; readonly fields: readonly string[] }[] {
  const managed = live.metadata['managedFields'];
  const entries = Array.isArray(managed) ? managed.map(fieldsOf) : [];
  return entries
    .filter((entry) => entry['subresource'] !== 'status')
    .map((entry) => ({ manager: entry['manager'], fields: Object.keys(fieldsOf(fieldsOf(entry['fieldsV1'])['f:spec'])) }));
}

/** Whether a manager that `matches` owns this field of the object's spec. */
export function ownsSpecField(live: KubeObject, field: string, matches: (manager: unknown) => boolean): boolean {
  return specFieldsByManager(live).some((entry) => matches(entry.manager) && entry.fields.includes(field));
}
