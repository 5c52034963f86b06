import type { KubeObject } from '../../api/metadata.ts';
import type {
  ApplyOptions,
  CallOptions,
  Cluster,
  ListOptions,
  ObjectRef,
  Patch,
  ResourceKind,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '../../ports/cluster.ts';
import { SluiceError } from '../../ports/errors.ts';
import type { ApiServer, WriteCall } from './api-server.ts';
import { impersonatedUser } from './impersonated-user.ts';
import type { Caller } from './pipeline.ts';

function refOf(kind: ResourceKind, object: KubeObject): ObjectRef {
  return { name: object.metadata.name, ...(kind.namespaced ? { namespace: object.metadata.namespace } : {}) };
}

function writeCall(kind: ResourceKind, ref: ObjectRef, options: WriteOptions | undefined, caller: Caller): WriteCall {
  return {
    kind,
    ref,
    subresource: options?.subresource,
    dryRun: options?.dryRun === true,
    fieldManager: options?.fieldManager ?? caller.user.name.split(':').at(-1) ?? '',
    fieldValidation: options?.fieldValidation ?? 'Warn',
    signal: options?.signal,
  };
}

/** The port, spoken by one user of the simulated server. */
export function createSimClient(server: ApiServer, caller: Caller): Cluster {
  return {
    get: (kind: ResourceKind, ref: ObjectRef, options?: CallOptions) => server.get(caller, kind, ref, options?.signal),
    list: (kind: ResourceKind, options: ListOptions = {}) => server.list(caller, kind, options),
    watch: (kind: ResourceKind, options: WatchOptions = {}): AsyncIterable<WatchEvent> => server.watch(caller, kind, options),
    create: (kind: ResourceKind, object: KubeObject, options?: WriteOptions) =>
      server.create(caller, writeCall(kind, refOf(kind, object), options, caller), object),
    update: (kind: ResourceKind, object: KubeObject, options?: WriteOptions) =>
      server.update(caller, writeCall(kind, refOf(kind, object), options, caller), object),
    apply: (kind: ResourceKind, object: KubeObject, options: ApplyOptions) =>
      server.apply(caller, writeCall(kind, refOf(kind, object), options, caller), object, options.force === true),
    patch: (kind: ResourceKind, ref: ObjectRef, patch: Patch, options?: WriteOptions) =>
      server.patch(caller, writeCall(kind, ref, options, caller), patch),
    async remove(kind, ref, options = {}) {
      await server.remove(caller, kind, ref, options, false);
    },
    evict: (ref, options = {}) => server.evict(caller, ref, options, false),
    impersonate(user, groups) {
      if (user === '') {
        throw new SluiceError(
          'invariant',
          'impersonation needs a user name: an empty one would act with our own rights; name the service account',
        );
      }
      const impersonator = caller.impersonator ?? caller.user;
      return createSimClient(server, {
        process: caller.process,
        user: impersonatedUser(user, groups),
        impersonator,
        impersonatedGroups: groups,
      });
    },
  };
}
