import type { KindDescriptor } from '../api/kinds.ts';
import type { KubeObject } from '../api/metadata.ts';
import type { Millis } from '../api/time.ts';

/** One resource of the API server; the descriptors stand in `api/kinds.ts`. */
export type ResourceKind = KindDescriptor;

/** Names one object; `namespace` is absent for cluster kinds. */
export interface ObjectRef {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export type Subresource = 'status' | 'scale';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions extends CallOptions {
  /** Who writes, for managedFields. */
  readonly fieldManager?: string | undefined;
  readonly subresource?: Subresource | undefined;
  readonly dryRun?: boolean | undefined;
  /** `Strict` refuses unknown fields with 400; the API server only prunes them otherwise. */
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict' | undefined;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Takes fields over from other managers instead of failing with 409. */
  readonly force?: boolean | undefined;
}

export interface DeleteOptions extends CallOptions {
  readonly preconditions?: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined } | undefined;
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan' | undefined;
}

export interface EvictOptions extends CallOptions {
  readonly preconditions?: { readonly uid?: string | undefined } | undefined;
}

export interface ListOptions extends CallOptions {
  /** All namespaces when absent. */
  readonly namespace?: string | undefined;
  /** As kubectl writes it: `a=b,c!=d,e in (f,g),h,!i`. */
  readonly labelSelector?: string | undefined;
  /** `metadata.name=x,metadata.namespace=y` and the kind's selectable fields. */
  readonly fieldSelector?: string | undefined;
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan' | undefined;
}

export interface ListPage {
  readonly items: readonly KubeObject[];
  /** Version of the whole list; every page of one list has the same. */
  readonly resourceVersion: string;
  /** Names the next page; absent on the last one. A token that is too old fails with `expired`. */
  readonly continue?: string | undefined;
}

export interface WatchOptions extends CallOptions {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Events after this version; too old fails with `expired`. */
  readonly resourceVersion?: string | undefined;
  readonly allowBookmarks?: boolean | undefined;
  /** The server ends the watch after this long. */
  readonly timeout?: Millis | undefined;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

export type Patch =
  | { readonly type: 'merge'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly type: 'json'; readonly operations: readonly JsonPatchOperation[] };

/**
 * The API server as Sluice uses it. Objects are raw JSON: ISO strings stay strings, unknown fields stay.
 *
 * Errors are `SluiceError`: `not_found` (404), `already_exists` (409 AlreadyExists), `conflict` (409: stale version, wrong uid or field-manager conflict, with
 * `details.fields` for the latter), `spec_invalid` (400, 422; `details.causes` lists field and message), `forbidden` (401, 403), `expired` (410), `rate_limited` (429, with
 * Retry-After in `retry`), `timeout`, `unavailable` (5xx, connection). `details.status` and `details.reason` hold the server's own.
 */
export interface Cluster {
  /** The object, or undefined when there is none. */
  get(kind: ResourceKind, ref: ObjectRef, options?: CallOptions): Promise<KubeObject | undefined>;
  list(kind: ResourceKind, options?: ListOptions): Promise<ListPage>;
  /** Ends when the server or `signal` ends it; throws `expired` as an HTTP status or in the stream alike. */
  watch(kind: ResourceKind, options?: WatchOptions): AsyncIterable<WatchEvent>;
  create(kind: ResourceKind, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** PUT: replaces the object (or its status); `metadata.resourceVersion` makes it a compare-and-swap. */
  update(kind: ResourceKind, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** Server-side apply. Creates a missing object unless the body holds a uid (409 then); a wrong uid is refused. */
  apply(kind: ResourceKind, object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  patch(kind: ResourceKind, ref: ObjectRef, patch: Patch, options?: WriteOptions): Promise<KubeObject>;
  /** Deletes, or starts deleting when there are finalizers. `not_found` when there is none. */
  remove(kind: ResourceKind, ref: ObjectRef, options?: DeleteOptions): Promise<void>;
  /**
   * Evicts a Pod (policy/v1): deletes it in good order. `rate_limited` when a PodDisruptionBudget is against it now, with the budget's words in
   * `details.causes`; `unavailable` (500) when two budgets select it.
   */
  evict(ref: ObjectRef, options?: EvictOptions): Promise<void>;
  /** A cluster that sends every request as this user; an empty user name throws `invariant` (M18). */
  impersonate(user: string, groups: readonly string[]): Cluster;
}
