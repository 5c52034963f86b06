import { ENDPOINT_SLICE, REPLICA_SET, SERVICE } from '../../../api/kinds.ts';
import type { AppliedRoute } from '../../router/applied-config.ts';
import { readyByHash } from '../../router/traffic.ts';
import { SERVICE_NAME } from '../../world/endpoint-slice-controller.ts';
import type { Finding, Step } from '../invariant.ts';
import { createReplicasMemory, sizeOf } from '../replicas-memory.ts';
import { hashOf, kindKey, named, ownerOf, type RolloutView, readyPods, selectorOf, type WorldView } from '../world-view.ts';
import { capacityOf, hashBehind, podsNeeded, routedRollouts, sidesOf, splitsIn } from './service-shares.ts';
import type { DataPlaneView, TrafficInvariant } from './traffic-invariant.ts';

/** What the data plane may serve for the routes of this namespace. */
function routesIn(dataPlane: DataPlaneView, namespace: string | undefined): readonly AppliedRoute[] {
  return Array.from(dataPlane.possible()).flatMap(([route, configs]) => (route.split('/')[1] === namespace ? configs : []));
}

/** The largest share that this revision may have, by all Services that select it. */
function shareOf(view: WorldView, rollout: RolloutView, hash: string, routes: readonly AppliedRoute[]): number {
  const { namespace } = rollout.metadata;
  const own = sidesOf(rollout).filter((side) => hashBehind(view, namespace, side) === hash);
  const shares = routes.flatMap((route) => splitsIn(route, sidesOf(rollout)));
  return Math.max(0, ...shares.map((split) => own.reduce((sum, side) => sum + (split.get(side) ?? 0), 0)));
}

/** S3, S5: the controller takes no pods away that the data plane may still send requests to. */
export const SCALE_DOWN_FOLLOWS_TRAFFIC: TrafficInvariant = {
  id: 'S5',
  says: 'a revision keeps the pods for the share that the data plane may give it, applied or on its way',
  create(dataPlane) {
    const replicasOf = createReplicasMemory();
    return {
      onApplied: () => [],
      onWrite: ({ before, after, write }) => {
        for (const rollout of routedRollouts(after, write.after?.metadata.namespace)) replicasOf(rollout);
        const target = write.before;
        if (!write.byController || kindKey(write.request.kind) !== kindKey(REPLICA_SET) || target === undefined) return [];
        const [rollout, hash] = [ownerOf(before, target), hashOf(target)];
        if (rollout === undefined || hash === undefined || sizeOf(write.after) >= sizeOf(target)) return [];
        const share = shareOf(before, rollout, hash, routesIn(dataPlane, rollout.metadata.namespace));
        const needed = podsNeeded(rollout, share, replicasOf(rollout).least);
        const had = capacityOf(before, rollout, hash).available;
        const has = Math.min(had, sizeOf(write.after));
        if (has >= Math.min(had, needed)) return [];
        const change = `${target.metadata.name} ${sizeOf(target)} -> ${sizeOf(write.after)}`;
        return [
          {
            object: named(rollout),
            message: `${change} while the data plane may send ${Math.round(share * 100)} % to it: ${needed} pods are needed`,
          },
        ];
      },
    };
  },
};

/** S5: a Service that carries traffic is pointed only at as many ready pods as its share needs. */
export const SELECTOR_FOLLOWS_CAPACITY: TrafficInvariant = {
  id: 'S5',
  says: 'a Service with a share of the traffic is pointed only at enough ready pods for it',
  create: (dataPlane) => ({
    onApplied: () => [],
    onWrite: ({ before, write }) => {
      if (!write.byController || kindKey(write.request.kind) !== kindKey(SERVICE)) return [];
      if (write.before === undefined || write.after === undefined) return [];
      const { namespace, name } = write.after.metadata;
      const [had, has] = [readyPods(before, namespace, selectorOf(write.before)), readyPods(before, namespace, selectorOf(write.after))];
      const routes = routesIn(dataPlane, namespace);
      return routedRollouts(before, namespace)
        .filter((rollout) => sidesOf(rollout).includes(name) && rollout.metadata.deletionTimestamp === undefined)
        .flatMap((rollout): Finding[] => {
          const share = Math.max(0, ...routes.flatMap((route) => splitsIn(route, sidesOf(rollout))).map((split) => split.get(name) ?? 0));
          const needed = Math.min(had, podsNeeded(rollout, share, rollout.spec.replicas));
          if (has >= needed) return [];
          const shown = `${Math.round(share * 100)} % of the traffic`;
          return [
            {
              object: named(rollout),
              message: `${name} carries up to ${shown} and is pointed at ${has} ready pods where ${needed} are needed`,
            },
          ];
        });
    },
  }),
};

/** S2 as users see it: what the controller did never leaves a share of the traffic without an endpoint. */
export const TRAFFIC_FINDS_ENDPOINTS: TrafficInvariant = {
  id: 'S2',
  says: 'no share of the traffic is left without a ready endpoint by what the controller scaled to zero',
  create: (dataPlane) => ({ onApplied: () => [], onWrite: (step) => lostEndpoints(step, dataPlane) }),
};

function lostEndpoints({ before, after, write }: Step, dataPlane: DataPlaneView): readonly Finding[] {
  if (kindKey(write.request.kind) !== kindKey(ENDPOINT_SLICE)) return [];
  const { namespace, labels } = (write.after ?? write.before)?.metadata ?? {};
  const service = labels?.[SERVICE_NAME] ?? '';
  const ready = (view: WorldView): number => {
    const counts = readyByHash(`${namespace}/${service}`, { slices: view.objects(ENDPOINT_SLICE), pods: [] });
    return [...counts.values()].reduce((sum, count) => sum + count, 0);
  };
  if (ready(before) === 0 || ready(after) > 0) return [];
  return routedRollouts(after, namespace)
    .filter(
      (rollout) => sidesOf(rollout).includes(service) && rollout.metadata.deletionTimestamp === undefined && rollout.spec.replicas > 0,
    )
    .flatMap((rollout): Finding[] => {
      const applied = Array.from(dataPlane.possible().keys()).flatMap((route) => dataPlane.appliedWeights(route) ?? []);
      const share = Math.max(0, ...applied.flatMap((route) => splitsIn(route, sidesOf(rollout))).map((split) => split.get(service) ?? 0));
      const hash = hashBehind(after, namespace, service);
      if (share === 0 || capacityOf(after, rollout, hash).spec > 0) return [];
      return [
        { object: named(rollout), message: `${service} gets ${Math.round(share * 100)} % of the traffic and lost its last ready endpoint` },
      ];
    });
}
