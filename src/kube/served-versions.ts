import type { KubeObject } from '../api/metadata.ts';
import type { Cluster, ListOptions, ListPage, ResourceKind } from '../ports/cluster.ts';
import { isSluiceError } from '../ports/errors.ts';
import { resourceName } from './resource-path.ts';

/** Kinds whose definitions come in several versions with the same fields: Istio served them long before `v1`, and some clusters serve nothing newer. */
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  'virtualservices.networking.istio.io': ['v1', 'v1beta1', 'v1alpha3'],
  'destinationrules.networking.istio.io': ['v1', 'v1beta1', 'v1alpha3'],
};

/**
 * The same cluster, which asks for such a kind in the newest version that the API server serves: the version that a list found is the one that every
 * other call takes, until a list finds another. Who impersonates somebody gets the cluster as it is.
 */
export function withServedVersions(cluster: Cluster): Cluster {
  const found = new Map<string, string>();
  const served = (kind: ResourceKind): ResourceKind => {
    const version = found.get(resourceName(kind));
    return version === undefined ? kind : { ...kind, version };
  };
  const body = (kind: ResourceKind, object: KubeObject): KubeObject =>
    VERSIONS[resourceName(kind)] === undefined ? object : { ...object, apiVersion: `${kind.group}/${served(kind).version}` };
  const listFirst = async (versions: readonly string[], kind: ResourceKind, options: ListOptions | undefined): Promise<ListPage> => {
    const [version = kind.version, ...others] = versions;
    try {
      const page = await cluster.list({ ...kind, version }, options);
      found.set(resourceName(kind), version);
      return page;
    } catch (error) {
      if (others.length === 0 || !isSluiceError(error, 'not_found')) throw error;
      return listFirst(others, kind, options);
    }
  };
  return {
    get: (kind, ref, options) => cluster.get(served(kind), ref, options),
    list: async (kind, options) => {
      const known = VERSIONS[resourceName(kind)];
      if (known === undefined) return cluster.list(kind, options);
      const [first, ...others] = new Set([served(kind).version, ...known]);
      return listFirst([first ?? kind.version, ...others], kind, options);
    },
    watch: (kind, options) => cluster.watch(served(kind), options),
    create: (kind, object, options) => cluster.create(served(kind), body(kind, object), options),
    update: (kind, object, options) => cluster.update(served(kind), body(kind, object), options),
    apply: (kind, object, options) => cluster.apply(served(kind), body(kind, object), options),
    patch: (kind, ref, patch, options) => cluster.patch(served(kind), ref, patch, options),
    remove: (kind, ref, options) => cluster.remove(served(kind), ref, options),
    evict: (ref, options) => cluster.evict(ref, options),
    impersonate: (user, groups) => cluster.impersonate(user, groups),
  };
}
