import { ENDPOINT_SLICE, POD, ROLLOUT, SERVICE } from '../../api/kinds.ts';
import { POD_TEMPLATE_HASH, REQUEST } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { parseRollout } from '../../api/parse.ts';
import { type GatewayApiConfig, readGatewayApi } from '../../core/traffic/gateway-api-config.ts';
import { type GatewayRouteView, ROUTE_KINDS, viewGatewayRoute } from '../router/gateway-route.ts';
import { readyByHash } from '../router/traffic.ts';
import { stableJson } from '../world/stable-json.ts';
import { type Finding, type Step, stateless } from './invariant.ts';
import { sidesOf } from './traffic/service-shares.ts';
import { kindKey, named, type RolloutView, selectorOf, viewRollout, type WorldView } from './world-view.ts';

type Rule = GatewayRouteView['spec']['rules'][number];

interface RouteChange {
  readonly object: string;
  readonly namespace: string;
  readonly before: GatewayRouteView | undefined;
  readonly after: GatewayRouteView;
  /** The Rollouts whose routing names this route. */
  readonly rollouts: readonly RolloutView[];
}

/** What the controller wrote to a route. */
function changeOf({ before: view, write }: Step): RouteChange | undefined {
  const kind = ROUTE_KINDS.find((one) => kindKey(one) === kindKey(write.request.kind));
  const after = write.after === undefined ? undefined : viewGatewayRoute(write.after);
  if (!write.byController || kind === undefined || after === undefined) return undefined;
  const namespace = after.metadata.namespace ?? '';
  const rollouts = view
    .objects(ROLLOUT)
    .filter((object) => object.metadata.namespace === namespace && namesRoute(object, kind.kind, after.metadata.name));
  return {
    object: named(after),
    namespace,
    before: write.before === undefined ? undefined : viewGatewayRoute(write.before),
    after,
    rollouts: rollouts.flatMap((object) => viewRollout(object) ?? []),
  };
}

function namesRoute(object: KubeObject, kind: string, name: string): boolean {
  const parsed = parseRollout(object);
  const config: GatewayApiConfig | undefined = parsed.ok ? readGatewayApi(parsed.value)?.config : undefined;
  return [...(config?.routes ?? []), config?.generate].some((route) => route?.kind === kind && route.name === name);
}

function weightOf(rule: Rule | undefined, service: string): number {
  return (rule?.backendRefs ?? []).filter((backend) => backend.name === service).reduce((sum, backend) => sum + backend.weight, 0);
}

function managedNames(rollout: RolloutView): readonly string[] {
  const routes = rollout.spec.strategy.canary?.trafficRouting?.['managedRoutes'];
  return Array.isArray(routes) ? routes.map((route: unknown) => String(Reflect.get(Object(route), 'name'))) : [];
}

function isManaged(rule: Rule, names: readonly string[]): boolean {
  return names.some((name) => rule.name === name || rule.name?.startsWith(`${name}.`) === true);
}

function ownRules(route: GatewayRouteView | undefined, names: readonly string[]): readonly Rule[] {
  return (route?.spec.rules ?? []).filter((rule) => !isManaged(rule, names));
}

/** S1: weights add up in every rule that is split, and everything else is as it was. */
export const WEIGHTS_ADD_UP = stateless('S1', 'split weights add up to the whole, and all other rules stay as they were', (step) => {
  const change = changeOf(step);
  return (change?.rollouts ?? []).flatMap((rollout) => (change === undefined ? [] : unsound(change, rollout)));
});

function unsound({ object, before, after }: RouteChange, rollout: RolloutView): readonly Finding[] {
  const [names, sides] = [managedNames(rollout), sidesOf(rollout)];
  const whole = rollout.spec.strategy.canary?.trafficRouting?.maxTrafficWeight ?? 100;
  const findings: Finding[] = [];
  const isSplit = (rule: Rule): boolean => sides.every((side) => rule.backendRefs.some((backend) => backend.name === side));
  for (const rule of after.spec.rules.filter(isSplit)) {
    const sum = sides.reduce((total, side) => total + weightOf(rule, side), 0);
    if (sum !== whole) findings.push({ object, message: `the weights of a rule add up to ${sum} where ${whole} is the whole` });
  }
  const [had, has] = [ownRules(before, names), ownRules(after, names)];
  if (before !== undefined && had.length !== has.length)
    findings.push({ object, message: `${had.length} rules of others became ${has.length}` });
  for (const [index, rule] of had.entries()) {
    const now = has[index];
    const others = (one: Rule | undefined): string =>
      stableJson({ ...one, backendRefs: one?.backendRefs.filter((backend) => !sides.includes(backend.name)) });
    if (now !== undefined && others(rule) !== others(now))
      findings.push({ object, message: `rule ${rule.name ?? index} was changed beside its weights` });
  }
  return findings;
}

/** Ready endpoints of a Service that are pods of the revision that it selects: slices may still hold those of the former one. */
function ready(view: WorldView, namespace: string, service: string): number {
  const counts = readyByHash(`${namespace}/${service}`, { slices: view.objects(ENDPOINT_SLICE), pods: view.objects(POD) });
  const hash = selectorOf(view.object(SERVICE, `${namespace}/${service}`))[POD_TEMPLATE_HASH];
  if (hash !== undefined) return counts.get(hash) ?? 0;
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

/** The rule that was there before in the place of this one. */
function formerly(change: RouteChange, rule: Rule, names: readonly string[]): Rule | undefined {
  if (isManaged(rule, names)) return change.before?.spec.rules.find((one) => one.name === rule.name);
  return ownRules(change.before, names)[ownRules(change.after, names).indexOf(rule)];
}

/** S2: weight goes only where somebody answers. */
export const WEIGHT_FOLLOWS_ENDPOINTS = stateless(
  'S2',
  'no weight is raised on a backend without ready endpoints of its revision while another one has some',
  (step) => {
    const change = changeOf(step);
    if (change === undefined) return [];
    const names = change.rollouts.flatMap(managedNames);
    const sides = change.rollouts.flatMap(sidesOf);
    const served = sides.some((side) => ready(step.before, change.namespace, side) > 0);
    return change.after.spec.rules.flatMap((rule): Finding[] =>
      rule.backendRefs
        .filter(({ name, weight }) => sides.includes(name) && weight > weightOf(formerly(change, rule, names), name))
        .filter(({ name }) => served && ready(step.before, change.namespace, name) === 0)
        .map(({ name, weight }) => ({ object: change.object, message: `${name} gets weight ${weight} and has no ready endpoint` })),
    );
  },
);

/** S11: the weight of what was aborted goes down only, until it is retried or replaced. */
export const ABORTED_WEIGHT_STAYS_DOWN = stateless('S11', 'the weight of an aborted revision never rises', (step) => {
  const change = changeOf(step);
  if (change?.before === undefined) return [];
  return change.rollouts.flatMap((rollout): Finding[] => {
    const { abort, currentPodHash, stableRS } = rollout.status;
    const retried = rollout.metadata.annotations?.[REQUEST]?.startsWith('retry') === true;
    if (abort !== true || retried || currentPodHash === undefined || currentPodHash === stableRS) return [];
    const aborted = sidesOf(rollout).filter(
      (side) => selectorOf(step.before.object(SERVICE, `${change.namespace}/${side}`))[POD_TEMPLATE_HASH] === currentPodHash,
    );
    const names = managedNames(rollout);
    return change.after.spec.rules.flatMap((rule) =>
      aborted
        .filter((side) => weightOf(rule, side) > weightOf(formerly(change, rule, names), side))
        .map((side) => ({
          object: change.object,
          message: `${side}, which selects an aborted revision, gets weight ${weightOf(rule, side)}`,
        })),
    );
  });
});
