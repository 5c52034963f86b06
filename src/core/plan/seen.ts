import type { ObjectMeta } from '../../api/metadata.ts';
import type { Seen } from './plan.ts';

/** The version of an observed object that a write depends on. */
export function seen({ name, uid, resourceVersion }: Seen): Seen {
  return { name, uid, resourceVersion };
}

/** The same of a whole object, by its metadata. */
export function seenMeta({ name, uid, resourceVersion }: ObjectMeta): Seen {
  return { name, uid: uid ?? '', resourceVersion: resourceVersion ?? '' };
}
