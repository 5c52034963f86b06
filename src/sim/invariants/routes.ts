import { ENDPOINT_SLICE, POD } from '../../api/kinds.ts';
import { REQUEST } from '../../api/labels.ts';
import { memoByObject } from '../../core/identity/memo-by-object.ts';
import { stableJson } from '../cluster/stable-json.ts';
import { type AppliedBackend, type AppliedRule, backendName } from '../router/applied-config.ts';
import { servedIn } from '../router/served-routes.ts';
import { routerOf } from '../router/simulated-routers.ts';
import { readyByHash } from '../router/traffic.ts';
import { type Finding, type Step, stateless } from './invariant.ts';
import { managedNames, ownRules } from './managed-rules.ts';
import { hashBehind, routedRollouts, sidesOf } from './traffic/service-shares.ts';
import type { RolloutView, WorldView } from './world-view.ts';

type Rules = readonly AppliedRule[];

interface RouteChange {
  readonly object: string;
  readonly namespace: string;
  readonly before: Rules | undefined;
  readonly after: Rules;
  /** The Rollouts whose sides it splits, or leads to. */
  readonly rollouts: readonly RolloutView[];
}

/** The routes that say something else by what the controller wrote, whatever router they belong to. All rules look at the same step. */
const changesOf: (step: Step) => readonly RouteChange[] = memoByObject(({ before, after, write }) => {
  const { kind } = write.request;
  const namespace = (write.after ?? write.before)?.metadata.namespace;
  const router = routerOf(kind);
  if (!write.byController || write.after === undefined || namespace === undefined || router === undefined) return [];
  const had = new Map(servedIn(router, before.objects, namespace).map((route) => [route.id, route.rules]));
  return servedIn(router, after.objects, namespace)
    .filter((route) => stableJson(had.get(route.id)) !== stableJson(route.rules))
    .map((route) => {
      const names = new Set(route.rules.flatMap((rule) => rule.backends.map(backendName)));
      return {
        object: route.id.split('/').slice(1).join('/'),
        namespace,
        before: had.get(route.id),
        after: route.rules,
        rollouts: routedRollouts(before, namespace).filter((rollout) => sidesOf(rollout).some((side) => names.has(side))),
      };
    });
});

function weightOf(rule: AppliedRule | undefined, side: string): number {
  return (rule?.backends ?? []).filter((backend) => backendName(backend) === side).reduce((sum, backend) => sum + backend.weight, 0);
}

/** S1: weights add up in every rule that is split. */
export const WEIGHTS_ADD_UP = stateless('S1', 'split weights add up to the whole', (step) =>
  changesOf(step).flatMap((change) => change.rollouts.flatMap((rollout) => unsoundSums(change, rollout))),
);

function unsoundSums({ object, after }: RouteChange, rollout: RolloutView): readonly Finding[] {
  const sides = sidesOf(rollout);
  const routing = rollout.spec.strategy.canary?.trafficRouting ?? rollout.status.routing?.trafficRouting;
  const whole = routing?.maxTrafficWeight ?? 100;
  return after
    .filter((rule) => sides.every((side) => rule.backends.some((backend) => backendName(backend) === side)))
    .map((rule) => sides.reduce((total, side) => total + weightOf(rule, side), 0))
    .filter((sum) => sum !== whole)
    .map((sum) => ({ object, message: `the weights of a rule add up to ${sum} where ${whole} is the whole` }));
}

/** Ready endpoints of a backend that are pods of the revision that it selects: slices may still hold those of the former one. */
function ready(view: WorldView, namespace: string, backend: AppliedBackend): number {
  const endpoints = { slices: view.objects(ENDPOINT_SLICE), pods: view.objects(POD) };
  const counts = readyByHash(`${namespace}/${backend.service}`, endpoints, backend.subset?.labels);
  const hash = hashBehind(view, namespace, backend);
  if (hash !== undefined) return counts.get(hash) ?? 0;
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

/** The rule that was there before in the place of this one: by its name, or by its number among those that the Rollout does not make. */
function formerly(change: RouteChange, rule: AppliedRule, names: readonly string[]): AppliedRule | undefined {
  if (rule.name !== undefined) return change.before?.find((one) => one.name === rule.name);
  return ownRules(change.before, names)[ownRules(change.after, names).indexOf(rule)];
}

/** S2: weight goes only where somebody answers. */
export const WEIGHT_FOLLOWS_ENDPOINTS = stateless(
  'S2',
  'no weight is raised on a backend without ready endpoints of its revision while another one has some',
  (step) =>
    changesOf(step).flatMap((change) => {
      const names = change.rollouts.flatMap(managedNames);
      const sides = change.rollouts.flatMap(sidesOf);
      const ours = change.after.map((rule) => ({
        rule,
        backends: rule.backends.filter((backend) => sides.includes(backendName(backend))),
      }));
      const served = ours.some(({ backends }) => backends.some((backend) => ready(step.before, change.namespace, backend) > 0));
      if (!served) return [];
      return ours.flatMap(({ rule, backends }) =>
        backends
          .filter((backend) => backend.weight > weightOf(formerly(change, rule, names), backendName(backend)))
          .filter((backend) => ready(step.before, change.namespace, backend) === 0)
          .map((backend) => ({
            object: change.object,
            message: `${backendName(backend)} gets weight ${backend.weight} and has no ready endpoint`,
          })),
      );
    }),
);

/** S11: the weight of what was aborted goes down only, until it is retried or replaced. */
export const ABORTED_WEIGHT_STAYS_DOWN = stateless('S11', 'the weight of an aborted revision never rises', (step) =>
  changesOf(step).flatMap((change) => change.rollouts.flatMap((rollout) => raisedAborted(step, change, rollout))),
);

function raisedAborted(step: Step, change: RouteChange, rollout: RolloutView): readonly Finding[] {
  const { abort, currentPodHash, stableRS } = rollout.status;
  const retried = rollout.metadata.annotations?.[REQUEST]?.startsWith('retry') === true;
  if (change.before === undefined || abort !== true || retried || currentPodHash === undefined || currentPodHash === stableRS) return [];
  const names = managedNames(rollout);
  return change.after.flatMap((rule) =>
    rule.backends
      .filter((backend) => sidesOf(rollout).includes(backendName(backend)))
      .filter((backend) => hashBehind(step.before, change.namespace, backend) === currentPodHash)
      .filter((backend) => backend.weight > weightOf(formerly(change, rule, names), backendName(backend)))
      .map((backend) => ({
        object: change.object,
        message: `${backendName(backend)}, which selects an aborted revision, gets weight ${backend.weight}`,
      })),
  );
}
