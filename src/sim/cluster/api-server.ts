import { POD } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  DeleteOptions,
  EvictOptions,
  JsonPatchOperation,
  ListOptions,
  ListPage,
  ObjectRef,
  ResourceKind,
  WatchEvent,
} from '../../ports/cluster.ts';
import type { FieldValidation } from './admission.ts';
import { apiError, badRequest } from './api-error.ts';
import { deleteObject } from './deletes.ts';
import { evictPod } from './evictions.ts';
import { asKubeObject, isObject, type JsonObject } from './json.ts';
import { jsonPatch, mergePatch } from './json-patch.ts';
import type { Caller, Pipeline, RequestInfo } from './pipeline.ts';
import { listObjects } from './reads.ts';
import type { Registry } from './registry.ts';
import { type Resource, resourceKey } from './resource.ts';
import { scaleOf } from './scale.ts';
import type { SimRequest } from './sim-types.ts';
import { openWatch, type SimWatchOptions } from './watches.ts';
import { applyObject, createObject, objectKeyOf, patchObject, updateObject, type WriteContext, type WriteTarget } from './writes.ts';

export interface WriteCall {
  readonly kind: ResourceKind;
  readonly ref: ObjectRef;
  readonly subresource: string | undefined;
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  readonly signal: AbortSignal | undefined;
}

/** What the port has, and what only kubectl sends. */
export type SimPatch =
  | { readonly type: 'merge'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly type: 'json'; readonly operations: readonly JsonPatchOperation[] }
  | { readonly type: 'strategic'; readonly body: Readonly<Record<string, unknown>> };

/** The verbs of the API server for a caller; the port's client and the HTTP front are both made of them. */
export interface ApiServer {
  readonly registry: Registry;
  readonly clock: Clock;
  get(caller: Caller, kind: ResourceKind, ref: ObjectRef, signal?: AbortSignal, subresource?: string): Promise<KubeObject | undefined>;
  list(caller: Caller, kind: ResourceKind, options: ListOptions): Promise<ListPage>;
  watch(caller: Caller, kind: ResourceKind, options: SimWatchOptions): AsyncGenerator<WatchEvent>;
  create(caller: Caller, call: WriteCall, object: Readonly<Record<string, unknown>>): Promise<KubeObject>;
  update(caller: Caller, call: WriteCall, object: Readonly<Record<string, unknown>>): Promise<KubeObject>;
  apply(caller: Caller, call: WriteCall, object: Readonly<Record<string, unknown>>, force: boolean): Promise<KubeObject>;
  patch(caller: Caller, call: WriteCall, patch: SimPatch): Promise<KubeObject>;
  /** POST on `pods/NAME/eviction`. */
  evict(caller: Caller, ref: ObjectRef, options: EvictOptions, dryRun: boolean): Promise<void>;
  remove(caller: Caller, kind: ResourceKind, ref: ObjectRef, options: DeleteOptions, dryRun: boolean): Promise<KubeObject>;
}

export interface ApiServerParts {
  readonly context: WriteContext;
  readonly pipeline: Pipeline;
  /** Sees every write before it is stored: special kinds (definitions, access reviews) answer here. */
  readonly intercept: (
    request: SimRequest,
    resource: Resource,
    object: Readonly<Record<string, unknown>> | undefined,
  ) => KubeObject | undefined;
  readonly strategic: (current: JsonObject, patch: JsonObject, resource: Resource, registry: Registry) => JsonObject;
}

function requestInfo(
  verb: SimRequest['verb'],
  kind: ResourceKind,
  ref: ObjectRef | undefined,
  dryRun: boolean,
  subresource?: string,
): RequestInfo {
  const namespace = kind.namespaced ? ref?.namespace : undefined;
  return {
    verb,
    kind,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(ref?.name === undefined || ref.name === '' ? {} : { name: ref.name }),
    dryRun,
  };
}

function body(object: unknown): Pick<SimRequest, 'body'> {
  return isObject(object) ? { body: asKubeObject(object) } : {};
}

function targetOf(parts: ApiServerParts, call: WriteCall, request: SimRequest): WriteTarget {
  const resource = parts.context.registry.resolve(call.kind);
  const namespace = resource.kind.namespaced ? call.ref.namespace : undefined;
  if (resource.kind.namespaced && namespace === undefined) throw badRequest('an empty namespace may not be set during creation');
  const name = call.ref.name === '' ? undefined : call.ref.name;
  return { request, resource, namespace, name, fieldManager: call.fieldManager, fieldValidation: call.fieldValidation };
}

function createReads(parts: ApiServerParts): Pick<ApiServer, 'get' | 'list' | 'watch'> {
  const { context, pipeline } = parts;
  const { registry, store, clock } = context;
  return {
    get: (caller, kind, ref, signal, subresource) =>
      pipeline.perform(caller, requestInfo('get', kind, ref, false, subresource), signal, () => {
        const resource = registry.resolve(kind);
        const found = store.get(resourceKey(kind), objectKeyOf(resource.kind.namespaced ? (ref.namespace ?? '') : undefined, ref.name));
        return found !== undefined && subresource === 'scale' ? asKubeObject(scaleOf(resource, found)) : found;
      }),
    list: (caller, kind, options) =>
      pipeline.perform(caller, requestInfo('list', kind, { namespace: options.namespace, name: '' }, false), options.signal, () =>
        listObjects(store, registry.resolve(kind), options),
      ),
    async *watch(caller, kind, options) {
      if (options.signal?.aborted === true) return;
      const info = requestInfo('watch', kind, { namespace: options.namespace, name: '' }, false);
      // Boxed: a promise must not be resolved with something that could be taken for one.
      const opened = await pipeline.perform(caller, info, options.signal, () => ({
        events: openWatch(store, clock, registry.resolve(kind), options, () => caller.process.dead),
      }));
      yield* opened.events;
    },
  };
}

function createWrites(parts: ApiServerParts): Pick<ApiServer, 'create' | 'update' | 'apply' | 'patch'> {
  const { context, pipeline } = parts;

  const write = (
    caller: Caller,
    verb: 'create' | 'update' | 'patch',
    call: WriteCall,
    extra: Partial<RequestInfo>,
    act: (target: WriteTarget) => KubeObject,
  ): Promise<KubeObject> => {
    const info = { ...requestInfo(verb, call.kind, call.ref, call.dryRun, call.subresource), fieldManager: call.fieldManager, ...extra };
    return pipeline.perform(caller, info, call.signal, (request) => {
      const target = targetOf(parts, call, request);
      const answered = parts.intercept(request, target.resource, request.body);
      if (answered !== undefined) return answered;
      const result = act(target);
      return call.subresource === 'scale' ? asKubeObject(scaleOf(target.resource, result)) : result;
    });
  };

  return {
    create: (caller, call, object) => write(caller, 'create', call, body(object), (target) => createObject(context, target, object)),
    update: (caller, call, object) => write(caller, 'update', call, body(object), (target) => updateObject(context, target, object)),
    apply(caller, call, object, force) {
      return write(caller, 'patch', call, { ...body(object), patchType: 'apply' }, (target) => {
        if (call.fieldManager === '') {
          throw apiError(
            422,
            'Invalid',
            'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
          );
        }
        return applyObject(context, target, object, force);
      });
    },
    patch(caller, call, patch) {
      const extra = { ...body(patch.type === 'json' ? undefined : patch.body), patchType: patch.type };
      return write(caller, 'patch', call, extra, (target) =>
        patchObject(context, target, (current) => edited(parts, target, current, patch)),
      );
    },
  };
}

function deletion(parts: ApiServerParts, request: SimRequest, kind: ResourceKind, ref: ObjectRef, dryRun: boolean): WriteTarget {
  const quiet = { fieldManager: '', fieldValidation: 'Ignore', signal: undefined } as const;
  return targetOf(parts, { kind, ref, subresource: undefined, dryRun, ...quiet }, request);
}

function createRemove(parts: ApiServerParts): Pick<ApiServer, 'remove' | 'evict'> {
  const { context, pipeline } = parts;
  return {
    evict: (caller, ref, options, dryRun) =>
      pipeline.perform(caller, requestInfo('create', POD, ref, dryRun, 'eviction'), options.signal, (request) => {
        evictPod(context, deletion(parts, request, POD, ref, dryRun), options);
      }),
    remove: (caller, kind, ref, options, dryRun) =>
      pipeline.perform(caller, requestInfo('delete', kind, ref, dryRun), options.signal, (request) => {
        return deleteObject(context, deletion(parts, request, kind, ref, dryRun), options);
      }),
  };
}

/** Puts the verbs together. */
export function createApiServer(parts: ApiServerParts): ApiServer {
  const { registry, clock } = parts.context;
  return { registry, clock, ...createReads(parts), ...createWrites(parts), ...createRemove(parts) };
}

function edited(parts: ApiServerParts, target: WriteTarget, current: JsonObject, patch: SimPatch): JsonObject {
  if (patch.type === 'json') return jsonPatch(current, patch.operations);
  if (patch.type === 'strategic') return parts.strategic(current, { ...patch.body }, target.resource, parts.context.registry);
  const merged = mergePatch(current, patch.body);
  if (!isObject(merged)) throw badRequest('a merge patch must be an object');
  return merged;
}
