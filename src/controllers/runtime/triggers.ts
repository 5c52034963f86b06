import type { Rollout } from '../../api/rollout.ts';
import { objectKey } from '../../kube/object-key.ts';
import { BY_NAMESPACE, BY_ROUTE, BY_SERVICE, BY_UID } from '../../observe/rollout-stores.ts';
import { routeKey } from '../../observe/route-key.ts';
import { allUses, type RoutingDeps } from '../rollout/routing-of.ts';
import type { Controller, Priority } from './controller.ts';
import { type ControllerCaches, workloadsOf } from './controller-caches.ts';
import { splitKey } from './split-key.ts';

export interface TriggeredControllers {
  readonly rollout: Controller;
  readonly restore: Controller;
  readonly analysisRun: Controller;
  readonly gitSync: Controller;
  readonly gitTarget: Controller;
  readonly template: Controller;
  readonly clusterTemplate: Controller;
  readonly provider: Controller;
  readonly experiment: Controller;
}

/** Which keys a change concerns: an object is looked at again when anything changed that a decision about it reads. */
export function connectTriggers(caches: ControllerCaches, controllers: TriggeredControllers, instance: string, routing: RoutingDeps): void {
  connectOwnKinds(caches, controllers);
  connectSharedKinds(caches, controllers, instance);
  connectWorkloads(caches, controllers.rollout);
  connectReferences(caches, controllers.rollout);
  connectSources(caches, controllers);
  connectRoutes(caches, controllers.rollout, routing);
}

/** Every change of an object goes to the controller of its own kind. */
function connectOwnKinds(caches: ControllerCaches, controllers: TriggeredControllers): void {
  caches.rollouts.onChange(({ key, previous, current }) => {
    const spoken = (cached: typeof current) => JSON.stringify(cached?.raw.metadata.annotations ?? {});
    const priority: Priority = previous !== undefined && spoken(previous) !== spoken(current) ? 'user' : 'spec';
    controllers.rollout.enqueue(key, priority);
    controllers.restore.enqueue(key);
  });
  caches.analysisRuns.onChange(({ key }) => controllers.analysisRun.enqueue(key));
  caches.gitSyncs.onChange(({ key }) => controllers.gitSync.enqueue(key));
  caches.experiments.onChange(({ key }) => controllers.experiment.enqueue(key));
}

/** Templates and cluster kinds are read by every installation; the one without a name writes their status, so that no two do. */
function connectSharedKinds(caches: ControllerCaches, controllers: TriggeredControllers, instance: string): void {
  if (instance !== '') return;
  caches.gitTargets.onChange(({ key }) => controllers.gitTarget.enqueue(key));
  caches.templates.onChange(({ key }) => controllers.template.enqueue(key));
  caches.clusterTemplates.onChange(({ key }) => controllers.clusterTemplate.enqueue(key));
  caches.providers.onChange(({ key }) => controllers.provider.enqueue(key));
}

/** ReplicaSets, Services, EndpointSlices and AnalysisRuns concern the Rollouts that own or name them. */
function connectWorkloads(caches: ControllerCaches, rollout: Controller): void {
  const owned = (uid: string | undefined): void => {
    if (uid === undefined) return;
    for (const cached of caches.rollouts.store.byIndex(BY_UID, uid)) rollout.enqueue(objectKey(cached.raw));
  };
  const naming = (namespace: string, service: string): void => {
    for (const { raw } of caches.rollouts.store.byIndex(BY_SERVICE, `${namespace}/${service}`)) rollout.enqueue(objectKey(raw));
  };

  caches.replicaSets.onChange(({ previous, current }) => {
    for (const uid of new Set([previous?.controllerUid, current?.controllerUid])) owned(uid);
    const view = current ?? previous;
    // An orphan may be adopted by whichever Rollout selects it.
    if (view !== undefined && view.controllerUid === undefined) inNamespace(caches, rollout, view.namespace);
  });
  caches.services.onChange(({ key, previous, current }) => {
    naming(splitKey(key).namespace ?? '', splitKey(key).name);
    for (const view of [previous, current]) if (view?.manager !== undefined) rollout.enqueue(view.manager);
  });
  caches.endpointSlices.onChange(({ previous, current }) => {
    for (const view of [previous, current]) if (view !== undefined) naming(view.namespace, view.service);
  });
  caches.analysisRuns.onChange(({ previous, current }) => {
    for (const owner of (current ?? previous)?.raw.metadata.ownerReferences ?? []) if (owner.controller === true) owned(owner.uid);
  });
}

/** What `workloadRef` names: each kind is followed from the first Rollout on that names one, on every replica, so that a new leader starts warm. */
function connectReferences(caches: ControllerCaches, rollout: Controller): void {
  const workloads = workloadsOf(caches);
  caches.rollouts.onChange(({ current }) => {
    const ref = current?.parsed.ok === true ? current.parsed.value.spec.workloadRef : undefined;
    if (ref !== undefined) workloads.need(ref.kind);
  });
  for (const cache of [caches.deployments, caches.foreignReplicaSets, caches.podTemplates]) {
    cache.onLook(() => {
      for (const { raw, parsed } of caches.rollouts.store.list()) {
        if (parsed.ok && parsed.value.spec.workloadRef?.kind === cache.kind.kind) rollout.enqueue(objectKey(raw));
      }
    });
    cache.onChange(({ key }) => {
      const { namespace, name } = splitKey(key);
      inNamespace(
        caches,
        rollout,
        namespace ?? '',
        ({ spec: { workloadRef } }) => workloadRef?.kind === cache.kind.kind && workloadRef.name === name,
      );
    });
  }
}

/** Routes concern the Rollouts that name them, or have yet to give them back. Every replica follows the kinds, so that a new leader starts warm. */
function connectRoutes(caches: ControllerCaches, rollout: Controller, { routers, caches: routes }: RoutingDeps): void {
  caches.rollouts.onChange(({ current }) => {
    if (current?.parsed.ok !== true) return;
    for (const use of allUses(current.parsed.value, routers)) for (const { kind } of use.objects) routes.want(kind);
  });
  routes.onChange((kind, { key }) => {
    for (const { raw } of caches.rollouts.store.byIndex(BY_ROUTE, routeKey(kind, key))) rollout.enqueue(objectKey(raw));
  });
  routes.onAvailability((kind) => {
    for (const { raw, parsed } of caches.rollouts.store.list()) {
      const names = parsed.ok && allUses(parsed.value, routers).some((use) => use.objects.some((object) => object.kind === kind));
      if (names) rollout.enqueue(objectKey(raw));
    }
  });
}

/** Templates, providers and where the manifests come from concern everything that may use them. */
function connectSources(caches: ControllerCaches, controllers: TriggeredControllers): void {
  const everyRollout = (controller: Controller): void => {
    for (const cached of caches.rollouts.store.list()) controller.enqueue(objectKey(cached.raw));
  };
  const neighbours = (key: string): void => inNamespace(caches, controllers.rollout, splitKey(key).namespace ?? '');

  caches.templates.onChange(({ key }) => neighbours(key));
  caches.gitSyncs.onChange(({ key }) => neighbours(key));
  caches.clusterTemplates.onChange(() => everyRollout(controllers.rollout));
  caches.gitTargets.onChange(() => {
    everyRollout(controllers.rollout);
    everyRollout(controllers.restore);
  });
  caches.providers.onChange(() => {
    for (const cached of caches.analysisRuns.store.list()) controllers.analysisRun.enqueue(objectKey(cached.raw));
  });
}

function inNamespace(
  caches: ControllerCaches,
  rollout: Controller,
  namespace: string,
  concerns: (object: Rollout) => boolean = () => true,
): void {
  for (const { raw, parsed } of caches.rollouts.store.byIndex(BY_NAMESPACE, namespace)) {
    if (parsed.ok && concerns(parsed.value)) rollout.enqueue(objectKey(raw));
  }
}
