import type { Rollout } from '../api/rollout.ts';
import { namedServices } from '../core/rollout/named-services.ts';
import type { ObservedReplicaSet, ObservedRollout, ObservedService } from '../core/rollout/observed.ts';
import { selectorMatches } from '../core/rollout/selector-match.ts';
import { foundWorkload, resolveWorkload, workloadProblems } from '../core/rollout/workload.ts';
import type { Store } from '../kube/store.ts';
import { formerRoutes } from './former-routes.ts';
import { observeConfig } from './observe-config.ts';
import { managedServices, observedService } from './observe-services.ts';
import { parsedOnes } from './parsed-ones.ts';
import type { ReplicaSetView } from './replica-set-view.ts';
import type { RolloutJudges } from './rollout-judges.ts';
import { BY_CONTROLLER, BY_ORPHAN_NAMESPACE, type RolloutStores } from './rollout-stores.ts';
import { templatesOf } from './rollout-templates.ts';
import type { Routing } from './routing.ts';

/** Reads everything that a decision about this Rollout may look at from the caches; changes nothing. */
export function observeRollout(written: Rollout, stores: RolloutStores, judges: RolloutJudges, routing: Routing): ObservedRollout {
  const namespace = written.metadata.namespace ?? '';
  const workload = written.spec.workloadRef === undefined ? undefined : stores.workloads.read(namespace, written.spec.workloadRef);
  const rollout = resolveWorkload(written, workload);
  const uid = rollout.metadata.uid ?? '';
  const replicaSets = relatedReplicaSets(rollout, stores.replicaSets);
  const services = observedServices(rollout, stores, replicaSets);
  const sets = replicaSets.map((view): ObservedReplicaSet => ({ ...view.observed, owned: view.controllerUid === uid }));
  const config = observeConfig(rollout, sets, stores.config);
  return {
    rollout,
    workload,
    problems: [
      ...judges.lint(written),
      ...workloadProblems(rollout, workload),
      ...routing.uses.flatMap((use) => use.problems(routing.objects)),
    ],
    replicaSets: sets,
    services,
    managedServices: managedServices(rollout.metadata, stores),
    traffic: routing.uses.map((use) => use.read(routing.objects)),
    formerRoutes: formerRoutes(routing),
    analysisRuns: parsedOnes(stores.analysisRuns.byIndex(BY_CONTROLLER, uid)),
    ...templatesOf(rollout, stores),
    source: judges.source(rollout, stores, foundWorkload({ workload }), config),
    config,
  };
}

function relatedReplicaSets(rollout: Rollout, store: Store<ReplicaSetView>): readonly ReplicaSetView[] {
  const owned = store.byIndex(BY_CONTROLLER, rollout.metadata.uid ?? '');
  const orphans = store
    .byIndex(BY_ORPHAN_NAMESPACE, rollout.metadata.namespace ?? '')
    .filter((view) => selectorMatches(rollout.spec.selector, view.observed.labels));
  return [...owned, ...orphans].toSorted((a, b) => (a.observed.name < b.observed.name ? -1 : 1));
}

function observedServices(
  rollout: Rollout,
  stores: RolloutStores,
  replicaSets: readonly ReplicaSetView[],
): ReadonlyMap<string, ObservedService | undefined> {
  const namespace = rollout.metadata.namespace ?? '';
  const observed = namedServices(rollout).map(([, name]): [string, ObservedService | undefined] => {
    const service = stores.services.get(`${namespace}/${name}`);
    if (service === undefined) return [name, undefined];
    return [name, observedService(service, stores, replicaSets)];
  });
  return new Map(observed);
}
