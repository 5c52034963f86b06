import type { KubeObject } from '../api/metadata.ts';
import type { Cluster, ListOptions, ResourceKind } from '../ports/cluster.ts';
import { isSluiceError } from '../ports/errors.ts';

const PAGE_SIZE = 500;

/** `limit`: objects of one page, 500 when absent; fewer where each may be large. */
export type ListAllOptions = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector' | 'limit' | 'signal'>;

export interface WholeList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

async function listInPages<T>(
  cluster: Pick<Cluster, 'list'>,
  kind: ResourceKind,
  options: ListOptions,
  transform: (object: KubeObject) => T,
): Promise<WholeList<T>> {
  const items: T[] = [];
  let next: string | undefined;
  let resourceVersion: string;
  do {
    const page = await cluster.list(kind, { ...options, ...(next === undefined ? {} : { continue: next }) });
    for (const item of page.items) items.push(transform(item));
    resourceVersion = page.resourceVersion;
    next = page.continue;
  } while (next !== undefined);
  return { items, resourceVersion };
}

/**
 * Every object of one consistent list, each transformed as its page arrives, so that the large JSON trees die young. When the history that the pages need is
 * forgotten half-way the list starts over, the third time in one piece.
 */
export async function listAll<T = KubeObject>(
  cluster: Pick<Cluster, 'list'>,
  kind: ResourceKind,
  options: ListAllOptions,
  transform: (object: KubeObject) => T,
): Promise<WholeList<T>> {
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    try {
      return await listInPages(cluster, kind, { ...options, limit: options.limit ?? PAGE_SIZE }, transform);
    } catch (error) {
      if (!isSluiceError(error, 'expired')) throw error;
    }
  }
  return listInPages(cluster, kind, { ...options, limit: undefined }, transform);
}
