import { ROLLOUT } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { parseRollout } from '../../api/parse.ts';
import { type GatewayApiConfig, readGatewayApi } from '../../core/traffic/gateway-api-config.ts';
import { stableJson } from '../cluster/stable-json.ts';
import { type GatewayRouteView, viewGatewayRoute } from '../router/gateway-api/gateway-route.ts';
import { type Finding, type Step, stateless } from './invariant.ts';
import { managedNames, ownRules } from './managed-rules.ts';
import { sidesOf } from './traffic/service-shares.ts';
import { named, type RolloutView, viewRollout } from './world-view.ts';

function namesRoute(object: KubeObject, kind: string, name: string): boolean {
  const parsed = parseRollout(object);
  const config: GatewayApiConfig | undefined = parsed.ok ? readGatewayApi(parsed.value)?.config : undefined;
  return [...(config?.routes ?? []), config?.generate].some((route) => route?.kind === kind && route.name === name);
}

/** S1, of a Gateway API route: whatever else it says is its owner's. The contract suite of the routers holds the others to the same. */
export const OTHER_RULES_STAY = stateless(
  'S1',
  'of a Gateway API route the controller changes weights and its own rules only',
  changedBesideWeights,
);

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
