import type { GitSync } from '../../api/git-sync.ts';
import { REQUEST } from '../../api/labels.ts';

/** What a person or a webhook asked for by annotation; undefined when it is no request to look at the repository. */
export function syncRequest(sync: GitSync): string | undefined {
  const value = sync.metadata.annotations?.[REQUEST];
  return value?.startsWith('sync@') === true ? value : undefined;
}
