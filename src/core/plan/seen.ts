import type { ObjectMeta } from '../../api/metadata.ts';

/** One object that was read, by name and by the exact version that the decision depended on. */
export interface Seen {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** The version of an observed object that a write depends on. */
export function seen({ name, uid, resourceVersion }: Seen): Seen {
  return { name, uid, resourceVersion };
}

/** The same of a whole object, by its metadata. */
export function seenMeta({ name, uid, resourceVersion }: ObjectMeta): Seen {
  return { name, uid: uid ?? '', resourceVersion: resourceVersion ?? '' };
}
