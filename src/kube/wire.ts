import { z } from 'zod';
import type { KubeObject } from '../api/metadata.ts';
import type { ListPage, ResourceKind, WatchEvent } from '../ports/cluster.ts';
import { SluiceError } from '../ports/errors.ts';

// Only what this layer itself reads is checked here; the schema of the kind checks the rest when an informer or a reconciler parses the object.
const metadataSchema = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
});
const objectSchema = z.looseObject({ apiVersion: z.string().optional(), kind: z.string().optional(), metadata: metadataSchema });
const listSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string().default(''), continue: z.string().optional() }),
  items: z.array(z.unknown()).nullish(),
});
const eventSchema = z.looseObject({ type: z.string(), object: z.unknown() });
const bookmarkSchema = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) });

/** Reads JSON from the API server; anything else is `unavailable`, since a proxy or a cut connection sent it. */
export function parseJson(text: string, request: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SluiceError('unavailable', `${request}: the API server's reply is not JSON or is incomplete; it is tried again`, {
      cause: error,
    });
  }
}

function unexpected(request: string): SluiceError {
  return new SluiceError('unavailable', `${request}: the reply is JSON, but not what the API server sends here`);
}

/** The object in a reply. Items of built-in lists have no apiVersion and kind; those of the kind are filled in. */
export function readObject(value: unknown, kind: ResourceKind, request: string): KubeObject {
  const parsed = objectSchema.safeParse(value);
  if (!parsed.success) throw unexpected(request);
  const apiVersion = parsed.data.apiVersion ?? (kind.group === '' ? kind.version : `${kind.group}/${kind.version}`);
  return { ...parsed.data, apiVersion, kind: parsed.data.kind ?? kind.kind };
}

/** One page of a list. */
export function readList(value: unknown, kind: ResourceKind, request: string): ListPage {
  const parsed = listSchema.safeParse(value);
  if (!parsed.success) throw unexpected(request);
  const { resourceVersion, continue: next } = parsed.data.metadata;
  const items = (parsed.data.items ?? []).map((item) => readObject(item, kind, request));
  return { items, resourceVersion, ...(next === undefined || next === '' ? {} : { continue: next }) };
}

/** One event of a watch, or the Status object of an `ERROR` event. */
export function readEvent(
  value: unknown,
  kind: ResourceKind,
  request: string,
): WatchEvent | { readonly type: 'ERROR'; readonly object: unknown } {
  const parsed = eventSchema.safeParse(value);
  if (!parsed.success) throw unexpected(request);
  const { type, object } = parsed.data;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: readObject(object, kind, request) };
    case 'BOOKMARK': {
      const bookmark = bookmarkSchema.safeParse(object);
      if (!bookmark.success) throw unexpected(request);
      return { type, resourceVersion: bookmark.data.metadata.resourceVersion };
    }
    case 'ERROR':
      return { type, object };
    default:
      throw unexpected(request);
  }
}
