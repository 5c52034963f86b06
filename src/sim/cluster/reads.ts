import type { KubeObject } from '../../api/metadata.ts';
import type { ListOptions, ListPage } from '../../ports/cluster.ts';
import { apiError, badRequest } from './api-error.ts';
import { type Resource, resourceKey } from './resource.ts';
import { type ObjectFilter, parseFieldSelector, parseLabelSelector } from './selectors.ts';
import type { Store } from './store.ts';

interface Token {
  readonly revision: number;
  readonly after: string;
  readonly compactions: number;
}

function encodeToken(token: Token): string {
  return Buffer.from(`${token.compactions} ${token.revision} ${token.after}`).toString('base64url');
}

function decodeToken(text: string): Token {
  const match = /^(\d+) (\d+) (.*)$/u.exec(Buffer.from(text, 'base64url').toString());
  if (match === null) throw badRequest('continue key is not valid');
  return { compactions: Number(match[1]), revision: Number(match[2]), after: match[3] ?? '' };
}

/** 410 of a page whose list is forgotten. */
function expiredToken(): Error {
  return apiError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
  );
}

/** What a list or a watch selects. */
export function selectionOf(resource: Resource, options: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>): ObjectFilter {
  const labels = parseLabelSelector(options.labelSelector);
  const fields = parseFieldSelector(options.fieldSelector, resource.kind.plural, resource.selectable);
  const { namespace } = options;
  return (object) => (namespace === undefined || object.metadata.namespace === namespace) && labels(object) && fields(object);
}

/** The version that a client names; 400 when it is no number. */
export function parseVersion(text: string): number {
  if (!/^\d+$/u.test(text)) throw badRequest(`Invalid resource version ${JSON.stringify(text)}: it must be an unsigned integer`);
  return Number(text);
}

function versionToRead(store: Store, options: ListOptions): number {
  const { resourceVersion: asked, resourceVersionMatch: match } = options;
  if (asked === undefined || asked === '' || asked === '0') {
    if (match !== undefined && (asked === undefined || asked === ''))
      throw badRequest('resourceVersionMatch is forbidden unless resourceVersion is provided');
    return store.revision();
  }
  const version = parseVersion(asked);
  if (version > store.revision()) {
    throw apiError(504, 'Timeout', `Too large resource version: ${version}, current: ${store.revision()}`, { retryAfterSeconds: 1 });
  }
  return match === 'Exact' ? version : store.revision();
}

/** One page of a list. Pages of one list all show the version of the first. */
export function listObjects(store: Store, resource: Resource, options: ListOptions): ListPage {
  const token = options.continue === undefined || options.continue === '' ? undefined : decodeToken(options.continue);
  if (token !== undefined && token.compactions !== store.compactions()) throw expiredToken();
  if (token !== undefined && token.revision < store.oldestRevision()) throw expiredToken();
  const revision = token?.revision ?? versionToRead(store, options);
  const selects = selectionOf(resource, options);
  const all = store
    .list(resourceKey(resource.kind), revision)
    .filter(([key, object]) => (token === undefined || key > token.after) && selects(object));
  const resourceVersion = String(revision);
  // The watch cache answers version 0 and ignores the limit there.
  const limit = options.limit === undefined || options.limit <= 0 || options.resourceVersion === '0' ? all.length : options.limit;
  const page = all.slice(0, limit);
  const items: readonly KubeObject[] = page.map(([, object]) => object);
  const last = page.at(-1);
  if (last === undefined || all.length <= limit) return { items, resourceVersion };
  return { items, resourceVersion, continue: encodeToken({ revision, after: last[0], compactions: store.compactions() }) };
}
