import { ENDPOINT_SLICE, POD, ROLLOUT } from '../../api/kinds.ts';
import { REQUEST } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { parseRollout } from '../../api/parse.ts';
import { type GatewayApiConfig, readGatewayApi } from '../../core/traffic/gateway-api-config.ts';
import { type AppliedBackend, type AppliedRule, backendName } from '../router/applied-config.ts';
import { type GatewayRouteView, viewGatewayRoute } from '../router/gateway-api/gateway-route.ts';
import { servedIn } from '../router/served-routes.ts';
import { routerOf } from '../router/simulated-routers.ts';
import { readyByHash } from '../router/traffic.ts';
import { stableJson } from '../world/stable-json.ts';
import { type Finding, type Step, stateless } from './invariant.ts';
import { hashBehind, routedRollouts, sidesOf } from './traffic/service-shares.ts';
import { named, type RolloutView, viewRollout, type WorldView } from './world-view.ts';

type Rules = readonly AppliedRule[];

interface RouteChange {
  readonly object: string;
  readonly namespace: string;
  readonly before: Rules | undefined;
  readonly after: Rules;
  /** The Rollouts whose sides it splits, or leads to. */
  readonly rollouts: readonly RolloutView[];
}

/** The routes that say something else by what the controller wrote, whatever router they belong to. */
function changesOf({ before, after, write }: Step): readonly RouteChange[] {
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
}

function weightOf(rule: AppliedRule | undefined, side: string): number {
  return (rule?.backends ?? []).filter((backend) => backendName(backend) === side).reduce((sum, backend) => sum + backend.weight, 0);
}

function managedNames(rollout: RolloutView): readonly string[] {
  const routes = rollout.spec.strategy.canary?.trafficRouting?.['managedRoutes'];
  return Array.isArray(routes) ? routes.map((route: unknown) => String(Reflect.get(Object(route), 'name'))) : [];
}

function isManaged(rule: { readonly name?: string | undefined }, names: readonly string[]): boolean {
  return names.some((name) => rule.name === name || rule.name?.startsWith(`${name}.`) === true);
}

function ownRules<Rule extends { readonly name?: string | undefined }>(
  rules: readonly Rule[] | undefined,
  names: readonly string[],
): readonly Rule[] {
  return (rules ?? []).filter((rule) => !isManaged(rule, names));
}

/** S1: weights add up in every rule that is split, and everything else is as it was. */
export const WEIGHTS_ADD_UP = stateless('S1', 'split weights add up to the whole, and all other rules stay as they were', (step) => [
  ...changesOf(step).flatMap((change) => change.rollouts.flatMap((rollout) => unsoundSums(change, rollout))),
  ...changedBesideWeights(step),
]);

function unsoundSums({ object, after }: RouteChange, rollout: RolloutView): readonly Finding[] {
  const sides = sidesOf(rollout);
  const whole = rollout.spec.strategy.canary?.trafficRouting?.maxTrafficWeight ?? 100;
  return after
    .filter((rule) => sides.every((side) => rule.backends.some((backend) => backendName(backend) === side)))
    .map((rule) => sides.reduce((total, side) => total + weightOf(rule, side), 0))
    .filter((sum) => sum !== whole)
    .map((sum) => ({ object, message: `the weights of a rule add up to ${sum} where ${whole} is the whole` }));
}

function namesRoute(object: KubeObject, kind: string, name: string): boolean {
  const parsed = parseRollout(object);
  const config: GatewayApiConfig | undefined = parsed.ok ? readGatewayApi(parsed.value)?.config : undefined;
  return [...(config?.routes ?? []), config?.generate].some((route) => route?.kind === kind && route.name === name);
}

/** Of a Gateway API route: whatever else it says is its owner's. The contract suite of the routers holds the others to the same. */
function changedBesideWeights({ before: view, write }: Step): readonly Finding[] {
  const { kind } = write.request.kind;
  if (!write.byController || write.before === undefined || write.after === undefined || !/^(HTTP|GRPC)Route$/.test(kind)) return [];
  const [before, after] = [viewGatewayRoute(write.before), viewGatewayRoute(write.after)];
  const { name, namespace } = write.after.metadata;
  if (before === undefined || after === undefined) return [];
  const object = named(write.after);
  return view
    .objects(ROLLOUT)
    .filter((rollout) => rollout.metadata.namespace === namespace && namesRoute(rollout, kind, name))
    .flatMap((rollout) => viewRollout(rollout) ?? [])
    .flatMap((rollout) => foreignChanges(before, after, rollout).map((message) => ({ object, message })));
}

function foreignChanges(before: GatewayRouteView, after: GatewayRouteView, rollout: RolloutView): readonly string[] {
  const [names, sides] = [managedNames(rollout), sidesOf(rollout)];
  const [had, has] = [ownRules(before.spec.rules, names), ownRules(after.spec.rules, names)];
  const others = (rule: (typeof had)[number] | undefined): string =>
    stableJson({ ...rule, backendRefs: rule?.backendRefs.filter((backend) => !sides.includes(backend.name)) });
  const changed = had.flatMap((rule, index) => {
    const now = has[index];
    return now !== undefined && others(rule) !== others(now) ? [`rule ${rule.name ?? index} was changed beside its weights`] : [];
  });
  return had.length === has.length ? changed : [`${had.length} rules of others became ${has.length}`, ...changed];
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
