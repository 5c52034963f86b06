import type { Rollout } from '../../api/rollout.ts';
import { objectKey } from '../../kube/object-key.ts';
import { BY_NAMESPACE, BY_UID } from '../rollout/rollout-stores.ts';
import type { Controller, Priority } from './controller.ts';
import type { ControllerCaches } from './controller-caches.ts';
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

/** Every key of these kinds goes to the controller of the kind itself. */
function connectOwnKinds(caches: ControllerCaches, controllers: TriggeredControllers): void {
  caches.gitSyncs.onChange(({ key }) => controllers.gitSync.enqueue(key));
  caches.gitTargets.onChange(({ key }) => controllers.gitTarget.enqueue(key));
  caches.templates.onChange(({ key }) => controllers.template.enqueue(key));
  caches.clusterTemplates.onChange(({ key }) => controllers.clusterTemplate.enqueue(key));
  caches.providers.onChange(({ key }) => controllers.provider.enqueue(key));
  caches.experiments.onChange(({ key }) => controllers.experiment.enqueue(key));
}

/** Which keys a change concerns: a Rollout is looked at again when anything changed that a decision about it reads. */
export function connectTriggers(caches: ControllerCaches, controllers: TriggeredControllers): void {
  const { rollout } = controllers;
  connectOwnKinds(caches, controllers);
  const ownerOf = (uid: string | undefined): readonly string[] =>
    uid === undefined ? [] : caches.rollouts.store.byIndex(BY_UID, uid).map((cached) => objectKey(cached.raw));
  const inNamespace = (namespace: string, concerns: (object: Rollout) => boolean): void => {
    for (const { raw, parsed } of caches.rollouts.store.byIndex(BY_NAMESPACE, namespace)) {
      if (parsed.ok && concerns(parsed.value)) rollout.enqueue(objectKey(raw));
    }
  };
  const everyRollout = (): void => caches.rollouts.store.list().forEach((cached) => rollout.enqueue(objectKey(cached.raw)));

  caches.rollouts.onChange(({ key, previous, current }) => {
    const spoken = (cached: typeof current) => JSON.stringify(cached?.raw.metadata.annotations ?? {});
    const priority: Priority = previous !== undefined && spoken(previous) !== spoken(current) ? 'user' : 'spec';
    rollout.enqueue(key, priority);
    controllers.restore.enqueue(key);
    // Pruning waits for the health of what was applied.
    wakeSyncs(caches, controllers.gitSync, splitKey(key).namespace ?? '', previous, current);
  });
  caches.replicaSets.onChange(({ previous, current }) => {
    const owners = new Set([previous?.controllerUid, current?.controllerUid].flatMap(ownerOf));
    for (const key of owners) rollout.enqueue(key);
    const view = current ?? previous;
    if (view !== undefined && view.controllerUid === undefined) inNamespace(view.namespace, () => true);
  });
  caches.services.onChange(({ key }) => {
    const { namespace, name } = splitKey(key);
    inNamespace(namespace ?? '', (object) => namesService(object, name));
  });
  caches.endpointSlices.onChange(({ previous, current }) => {
    for (const view of [previous, current]) {
      if (view !== undefined) inNamespace(view.namespace, (object) => namesService(object, view.service));
    }
  });
  caches.analysisRuns.onChange(({ key, previous, current }) => {
    controllers.analysisRun.enqueue(key);
    const uids = (current ?? previous)?.raw.metadata.ownerReferences
      ?.filter((owner) => owner.controller === true)
      .map((owner) => owner.uid);
    for (const owner of (uids ?? []).flatMap(ownerOf)) rollout.enqueue(owner);
  });
  caches.templates.onChange(({ key }) => inNamespace(splitKey(key).namespace ?? '', () => true));
  caches.clusterTemplates.onChange(everyRollout);
  caches.gitTargets.onChange(() => {
    everyRollout();
    for (const cached of caches.rollouts.store.list()) controllers.restore.enqueue(objectKey(cached.raw));
  });
  caches.gitSyncs.onChange(({ key }) => inNamespace(splitKey(key).namespace ?? '', () => true));
  caches.providers.onChange(() => {
    for (const cached of caches.analysisRuns.store.list()) controllers.analysisRun.enqueue(objectKey(cached.raw));
  });
}

function namesService(rollout: Rollout, service: string): boolean {
  const { canary } = rollout.spec.strategy;
  return canary?.stableService === service || canary?.canaryService === service;
}

function wakeSyncs(
  caches: ControllerCaches,
  gitSync: Controller,
  namespace: string,
  previous: { readonly raw: Readonly<Record<string, unknown>> } | undefined,
  current: { readonly raw: Readonly<Record<string, unknown>> } | undefined,
): void {
  if (phaseOf(previous) === phaseOf(current)) return;
  for (const cached of caches.gitSyncs.store.byIndex(BY_NAMESPACE, namespace)) gitSync.enqueue(objectKey(cached.raw));
}

function phaseOf(cached: { readonly raw: Readonly<Record<string, unknown>> } | undefined): unknown {
  const status = cached?.raw['status'];
  return typeof status === 'object' && status !== null && 'phase' in status ? status.phase : undefined;
}
