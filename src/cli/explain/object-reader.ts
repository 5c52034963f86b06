import { ZodError } from 'zod';
import type { KubeObject } from '../../api/metadata.ts';
import { listAll } from '../../kube/list-all.ts';
import { objectKey } from '../../kube/object-key.ts';
import { resourceName } from '../../kube/resource-path.ts';
import { createStore, type Indexes, type Store } from '../../kube/store.ts';
import type { Cluster, ResourceKind } from '../../ports/cluster.ts';
import { isSluiceError, type SluiceError } from '../../ports/errors.ts';
import { clean } from '../render/escape.ts';

/** Something that the person may not read, or that this cluster does not serve. */
export interface Unread {
  readonly kind: ResourceKind;
  /** `endpointslices.discovery.k8s.io in namespace shop`. */
  readonly what: string;
  readonly why: string;
  /** A decision without it would be one about another cluster. */
  readonly essential: boolean;
}

export interface ListRequest<T> {
  readonly kind: ResourceKind;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly parse: (object: KubeObject) => T;
  readonly indexes?: Indexes<T> | undefined;
  readonly essential: boolean;
}

/** `missing`: the API server does not serve the kind. */
export type Outcome = 'read' | 'missing' | 'unread';

/** Reads with `get` and `list` alone, and keeps a list of what could not be read; trouble of any other kind is thrown. */
export interface ObjectReader {
  list<T>(request: ListRequest<T>): Promise<{ readonly outcome: Outcome; readonly store: Store<T> }>;
  get(
    kind: ResourceKind,
    ref: { readonly namespace?: string; readonly name: string },
    essential: boolean,
  ): Promise<KubeObject | 'unread' | undefined>;
  /** By what they are, in whatever order the answers came. */
  unread(): readonly Unread[];
  /** Every object of this kind that a list brought, each once. */
  listed(kind: ResourceKind): readonly KubeObject[];
}

/** Reads what the person of this connection may read. */
export function createObjectReader(cluster: Pick<Cluster, 'get' | 'list'>, signal: AbortSignal): ObjectReader {
  const unread: Unread[] = [];
  const listed = new Map<ResourceKind, Map<string, KubeObject>>();
  const note = (kind: ResourceKind, place: string, error: SluiceError, essential: boolean): void => {
    const what = clean(`${resourceName(kind)} ${place}`.trim(), 400);
    if (unread.some((one) => one.what === what && one.essential === essential)) return;
    unread.push({ kind, what, why: clean(error.message, 400), essential });
  };
  return {
    async list(request) {
      const { kind, namespace, labelSelector, fieldSelector } = request;
      const store = createStore(request.indexes ?? {});
      try {
        const { items } = await listAll(cluster, kind, { namespace, labelSelector, fieldSelector, signal }, (object) => object);
        const held = listed.get(kind) ?? new Map<string, KubeObject>();
        listed.set(kind, held);
        for (const object of items) {
          held.set(objectKey(object), object);
          keep(store, object, request.parse);
        }
        return { outcome: 'read', store };
      } catch (error) {
        if (!isRefusal(error)) throw error;
        const missing = isSluiceError(error, 'not_found');
        // A kind that is not installed is nowhere, which is all that there is to know of it.
        if (!missing) note(kind, namespace === undefined ? 'of the cluster' : `in namespace ${namespace}`, error, request.essential);
        return { outcome: missing ? 'missing' : 'unread', store };
      }
    },
    async get(kind, ref, essential) {
      try {
        return await cluster.get(kind, ref, { signal });
      } catch (error) {
        if (!isRefusal(error)) throw error;
        note(kind, ref.name, error, essential);
        return 'unread';
      }
    },
    unread: () => unread.toSorted((left, right) => (left.what < right.what ? -1 : 1)),
    listed: (kind) => [...(listed.get(kind)?.values() ?? [])],
  };
}

function isRefusal(error: unknown): error is SluiceError {
  // 401: nobody knows who asks, and nothing else can be read either.
  const forbidden = isSluiceError(error, 'forbidden') && error.details['status'] === 403;
  return forbidden || isSluiceError(error, 'not_found');
}

/** Puts one object into a store as an informer would; one of another shape is left out, as an informer leaves it out. */
function keep<T>(store: ReturnType<typeof createStore<T>>, object: KubeObject, parse: (object: KubeObject) => T): void {
  const { uid = '', resourceVersion = '' } = object.metadata;
  try {
    store.set(objectKey(object), { item: parse(object), uid, resourceVersion });
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
  }
}
