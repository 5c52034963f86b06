import type { Cached } from '../../api/cached.ts';
import type { Rollout } from '../../api/rollout.ts';
import { configRefs } from '../../core/config/config-refs.ts';
import { objectKey } from '../../kube/object-key.ts';
import type { ConfigSources } from '../../observe/config-sources.ts';
import type { ConfigView } from '../../observe/config-view.ts';
import { usesConfig } from '../../observe/observe-config.ts';
import { BY_NAMESPACE, BY_UID } from '../../observe/rollout-stores.ts';
import type { Controller } from './controller.ts';
import type { ControllerCaches } from './controller-caches.ts';
import { splitKey } from './split-key.ts';

/** Namespaces are followed from their first Rollout with configuration to their last Rollout, on every replica, so that a new leader starts warm. */
export function connectConfig(caches: ControllerCaches, sources: ConfigSources, rollout: Controller): void {
  const inNamespace = (namespace: string): readonly Cached<Rollout>[] => caches.rollouts.store.byIndex(BY_NAMESPACE, namespace);
  caches.rollouts.onChange(({ key, current }) => {
    const { namespace = '' } = splitKey(key);
    if (current?.parsed.ok === true && usesConfig(current.parsed.value)) sources.need(namespace);
    if (current === undefined && inNamespace(namespace).length === 0) sources.drop(namespace);
  });
  const concerned = (view: ConfigView): void => {
    for (const { uid } of view.observed.ownerReferences) {
      for (const cached of caches.rollouts.store.byIndex(BY_UID, uid)) rollout.enqueue(objectKey(cached.raw));
    }
    if (view.observed.copyOf !== undefined) return;
    for (const cached of inNamespace(view.namespace)) {
      if (refersTo(cached, view)) rollout.enqueue(objectKey(cached.raw));
    }
  };
  for (const cache of [caches.configMaps, caches.secrets]) {
    cache.onChange(({ previous, current }) => {
      const view = current ?? previous;
      if (view !== undefined) concerned(view);
    });
    cache.onLook((namespace = '') => {
      for (const cached of inNamespace(namespace)) rollout.enqueue(objectKey(cached.raw));
    });
  }
}

/** The object itself, or one that may stand where its copy is to be. */
function isNamed(wanted: string, name: string): boolean {
  return name === wanted || name.startsWith(`${wanted}-`);
}

/** Whether the template names the object; one that stands in a workload may. */
function refersTo({ parsed }: Cached<Rollout>, { observed }: ConfigView): boolean {
  if (!parsed.ok || !usesConfig(parsed.value)) return false;
  const { template, workloadRef } = parsed.value.spec;
  if (workloadRef !== undefined) return true;
  return configRefs(template ?? {}).some((ref) => ref.kind === observed.kind && isNamed(ref.name, observed.name));
}
