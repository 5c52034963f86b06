import { POD } from '../api/kinds.ts';
import type { KubeObject } from '../api/metadata.ts';
import type { Cluster, ResourceKind, Subresource } from '../ports/cluster.ts';

/** One call in the words of RBAC. */
export interface ClusterCall {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'impersonate';
  readonly group: string;
  readonly resource: string;
  readonly subresource?: Subresource | 'eviction' | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** Set when the call is made as somebody else, and so needs their rights instead of ours. */
  readonly user?: string | undefined;
  /** An apply that may make its object: the API server asks for `create` beside `patch` then. */
  readonly mayCreate?: boolean | undefined;
}

interface Target {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: Subresource | 'eviction' | undefined;
  readonly mayCreate?: boolean | undefined;
}

const SERVICE_ACCOUNT_USER = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** What impersonation itself has to be allowed. */
function impersonations(user: string, groups: readonly string[]): readonly ClusterCall[] {
  const account = SERVICE_ACCOUNT_USER.exec(user);
  const calls: ClusterCall[] =
    account === null
      ? [{ verb: 'impersonate', group: '', resource: 'users', name: user }]
      : [{ verb: 'impersonate', group: '', resource: 'serviceaccounts', namespace: account[1], name: account[2] }];
  for (const group of groups) calls.push({ verb: 'impersonate', group: '', resource: 'groups', name: group });
  return calls;
}

function targetOf(object: KubeObject, subresource: Subresource | undefined): Target {
  return { namespace: object.metadata.namespace, name: object.metadata.name, subresource };
}

function record(cluster: Cluster, onCall: (call: ClusterCall) => void, user: string | undefined): Cluster {
  function note(verb: ClusterCall['verb'], kind: ResourceKind, target: Target): void {
    onCall({ verb, group: kind.group, resource: kind.plural, ...target, ...(user === undefined ? {} : { user }) });
  }
  return {
    get(kind, ref, options) {
      note('get', kind, ref);
      return cluster.get(kind, ref, options);
    },
    list(kind, options) {
      note('list', kind, { namespace: options?.namespace });
      return cluster.list(kind, options);
    },
    watch(kind, options) {
      note('watch', kind, { namespace: options?.namespace });
      return cluster.watch(kind, options);
    },
    create(kind, object, options) {
      note('create', kind, targetOf(object, options?.subresource));
      return cluster.create(kind, object, options);
    },
    update(kind, object, options) {
      note('update', kind, targetOf(object, options?.subresource));
      return cluster.update(kind, object, options);
    },
    apply(kind, object, options) {
      const mayCreate = object.metadata.uid === undefined && options.subresource === undefined;
      note('patch', kind, { ...targetOf(object, options.subresource), mayCreate });
      return cluster.apply(kind, object, options);
    },
    patch(kind, ref, patch, options) {
      note('patch', kind, { namespace: ref.namespace, name: ref.name, subresource: options?.subresource });
      return cluster.patch(kind, ref, patch, options);
    },
    remove(kind, ref, options) {
      note('delete', kind, { namespace: ref.namespace, name: ref.name });
      return cluster.remove(kind, ref, options);
    },
    evict(ref, options) {
      note('create', POD, { namespace: ref.namespace, name: ref.name, subresource: 'eviction' });
      return cluster.evict(ref, options);
    },
    impersonate(asUser, groups) {
      const impersonated = cluster.impersonate(asUser, groups);
      for (const call of impersonations(asUser, groups)) onCall(call);
      return record(impersonated, onCall, asUser);
    },
  };
}

/** `cluster`, telling `onCall` of every call before it is made; impersonated clusters included. */
export function recordingCluster(cluster: Cluster, onCall: (call: ClusterCall) => void): Cluster {
  return record(cluster, onCall, undefined);
}
