import type { KubeObject } from '../../api/metadata.ts';
import type { Clock } from '../../ports/clock.ts';
import { type ApiServer, createApiServer } from './api-server.ts';
import { SELF_SUBJECT_ACCESS_REVIEW } from './built-in-kinds.ts';
import { createSimClient } from './client.ts';
import { createNamespace, followDefinitions, installDefinition, reviewAccess } from './definitions.ts';
import { startGarbageCollector } from './garbage-collector.ts';
import { createIdentity } from './identity.ts';
import { isObject } from './json.ts';
import { createPipeline } from './pipeline.ts';
import { createRegistry } from './registry.ts';
import { type Resource, resourceKey } from './resource.ts';
import type { Authorize, SimCluster, SimRequest, SimWrite } from './sim-types.ts';
import { createStore } from './store.ts';
import { strategicMerge } from './strategic-merge.ts';
import type { WriteContext } from './writes.ts';

export type { Authorize, Fault, SimCluster, SimRequest, SimUser, SimWrite } from './sim-types.ts';

export interface SimClusterOptions {
  readonly clock: Clock;
  readonly crds: readonly KubeObject[];
  /** Everyone may do everything when absent. */
  readonly authorize?: Authorize | undefined;
}

const servers = new WeakMap<SimCluster, ApiServer>();

/** The verbs behind a simulated cluster, for the HTTP front. */
export function apiServerOf(cluster: SimCluster): ApiServer {
  const server = servers.get(cluster);
  if (server === undefined) throw new TypeError('this cluster was not made by createSimCluster');
  return server;
}

/** A fresh cluster with the usual namespaces. In-process calls finish within microtasks; only watches' timeouts and delay faults use the clock. */
export function createSimCluster(options: SimClusterOptions): SimCluster {
  const { clock, authorize } = options;
  const listeners = new Set<(write: SimWrite) => void>();
  const context: WriteContext = {
    store: createStore(),
    registry: createRegistry(),
    clock,
    identity: createIdentity(String(clock.now())),
    unsettled: new WeakSet(),
    notify(request, before, after) {
      const write: SimWrite = { request, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
      for (const listener of listeners) listener(write);
    },
  };
  const intercept = (
    request: SimRequest,
    resource: Resource,
    object: Readonly<Record<string, unknown>> | undefined,
  ): KubeObject | undefined => {
    if (request.verb !== 'create' || resource.kind.plural !== SELF_SUBJECT_ACCESS_REVIEW.plural) return undefined;
    return reviewAccess(context, authorize, request, object ?? {});
  };
  const pipeline = createPipeline(clock, authorize);
  const server = createApiServer({
    context,
    pipeline,
    intercept,
    strategic(current, patch, resource, registry) {
      const merged = strategicMerge(current, patch, registry.objectSchema(resource));
      return isObject(merged) ? merged : current;
    },
  });

  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) createNamespace(context, name);
  followDefinitions(context);
  startGarbageCollector(context);
  for (const crd of options.crds) installDefinition(context, crd);

  const cluster: SimCluster = {
    as: (user) => createSimClient(server, { process: { dead: false }, user }),
    onRequest: pipeline.onRequest,
    onWrite(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    snapshot: (kind) => context.store.list(resourceKey(kind)).map(([, object]) => object),
    installCrd: (crd) => installDefinition(context, crd),
    compact: () => context.store.compact(),
  };
  servers.set(cluster, server);
  return cluster;
}
