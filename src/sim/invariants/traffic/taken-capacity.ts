import { z } from 'zod';
import { DESTINATION_RULE, ENDPOINT_SLICE, POD, REPLICA_SET, SERVICE } from '../../../api/kinds.ts';
import type { KubeObject } from '../../../api/metadata.ts';
import type { AppliedBackend, AppliedRoute } from '../../router/applied-config.ts';
import { subsetsSchema } from '../../router/istio/subsets.ts';
import { readyByHash } from '../../router/traffic.ts';
import { SERVICE_NAME } from '../../world/endpoint-slice-controller.ts';
import type { Finding, Step } from '../invariant.ts';
import { createReplicasMemory, sizeOf } from '../replicas-memory.ts';
import { hashOf, kindKey, named, ownerOf, type RolloutView, readyPods, selectorOf, type WorldView } from '../world-view.ts';
import {
  capacityOf,
  hashBehind,
  largestShares,
  podsNeeded,
  routedRollouts,
  type Share,
  sidesOf,
  splitsIn,
  wasRouted,
} from './service-shares.ts';
import type { DataPlaneView, TrafficInvariant } from './traffic-invariant.ts';

/** What the data plane may serve for the routes of this namespace. */
function routesIn(dataPlane: DataPlaneView, namespace: string | undefined): readonly AppliedRoute[] {
  return Array.from(dataPlane.possible()).flatMap(([route, configs]) => (route.split('/')[1] === namespace ? configs : []));
}

/** The largest share that this revision may have, by all Services and subsets that select it. */
function shareOf(view: WorldView, rollout: RolloutView, hash: string, routes: readonly AppliedRoute[]): number {
  const { namespace } = rollout.metadata;
  const all = routes.flatMap((route) => splitsIn(route, sidesOf(rollout)));
  // Once former routes are given back, numbers of pods make the weight.
  const splits = wasRouted(rollout) ? all.filter((split) => split.every(({ share }) => share > 0)) : all;
  const reaches = ({ backend }: Share): boolean => hashBehind(view, namespace, backend) === hash;
  return Math.max(0, ...splits.map((split) => split.filter(reaches).reduce((sum, { share }) => sum + share, 0)));
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

/** What the controller pointed at other pods: a Service, or a subset of a mesh, by the name of its side. */
interface Turned {
  readonly side: string;
  readonly from: Readonly<Record<string, string>>;
  readonly to: Readonly<Record<string, string>>;
}

const ruleSchema = z.looseObject({ spec: z.looseObject({ subsets: subsetsSchema }) });

function subsetsOf(object: KubeObject): ReadonlyMap<string, Readonly<Record<string, string>>> {
  return new Map((ruleSchema.safeParse(object).data?.spec.subsets ?? []).map(({ name, labels }) => [name, labels]));
}

function turnedBy({ write }: Step): readonly Turned[] {
  const { before, after, request, byController } = write;
  if (!byController || before === undefined || after === undefined) return [];
  const { name } = after.metadata;
  if (kindKey(request.kind) === kindKey(SERVICE)) return [{ side: name, from: selectorOf(before), to: selectorOf(after) }];
  if (kindKey(request.kind) !== kindKey(DESTINATION_RULE)) return [];
  const had = subsetsOf(before);
  return Array.from(subsetsOf(after), ([subset, to]) => ({ side: `${name}/${subset}`, from: had.get(subset) ?? {}, to }));
}

/** S5: a side that carries traffic is pointed only at as many ready pods as its share needs. */
export const SELECTOR_FOLLOWS_CAPACITY: TrafficInvariant = {
  id: 'S5',
  says: 'a Service or subset with a share of the traffic is pointed only at enough ready pods for it',
  create: (dataPlane) => ({
    onApplied: () => [],
    onWrite: (step) => {
      const { before, write } = step;
      const { namespace } = write.after?.metadata ?? {};
      const routes = routesIn(dataPlane, namespace);
      return turnedBy(step).flatMap(({ side, from, to }) =>
        routedRollouts(before, namespace)
          .filter((rollout) => sidesOf(rollout).includes(side) && rollout.metadata.deletionTimestamp === undefined)
          .flatMap((rollout): Finding[] => {
            const { share = 0, backend } = largestShares(routes, sidesOf(rollout)).get(side) ?? {};
            const all = backend?.subset === undefined ? {} : selectorOf(before.object(SERVICE, `${namespace}/${backend.service}`));
            const [had, has] = [from, to].map((selector) => readyPods(before, namespace, { ...all, ...selector }));
            const needed = Math.min(had ?? 0, podsNeeded(rollout, share, rollout.spec.replicas));
            if ((has ?? 0) >= needed) return [];
            const shown = `${Math.round(share * 100)} % of the traffic`;
            return [
              {
                object: named(rollout),
                message: `${side} carries up to ${shown} and is pointed at ${has} ready pods where ${needed} are needed`,
              },
            ];
          }),
      );
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
  const ready = (view: WorldView, { subset }: AppliedBackend): number => {
    const endpoints = { slices: view.objects(ENDPOINT_SLICE), pods: subset === undefined ? [] : view.objects(POD) };
    return [...readyByHash(`${namespace}/${service}`, endpoints, subset?.labels).values()].reduce((sum, count) => sum + count, 0);
  };
  return routedRollouts(after, namespace)
    .filter((rollout) => rollout.metadata.deletionTimestamp === undefined && rollout.spec.replicas > 0)
    .flatMap((rollout) => {
      const applied = Array.from(dataPlane.possible().keys()).flatMap((route) => dataPlane.appliedWeights(route) ?? []);
      return Array.from(largestShares(applied, sidesOf(rollout)).values()).flatMap(({ side, share, backend }): Finding[] => {
        if (share === 0 || backend.service !== service || ready(before, backend) === 0 || ready(after, backend) > 0) return [];
        if (capacityOf(after, rollout, hashBehind(after, namespace, backend)).spec > 0) return [];
        return [
          { object: named(rollout), message: `${side} gets ${Math.round(share * 100)} % of the traffic and lost its last ready endpoint` },
        ];
      });
    });
}
