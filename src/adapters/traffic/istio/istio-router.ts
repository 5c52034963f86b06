import type { FieldProblem } from '../../../api/field-problem.ts';
import { type IstioRouting } from '../../../api/istio-routing.ts';
import { DESTINATION_RULE, VIRTUAL_SERVICE } from '../../../api/kinds.ts';
import { millis } from '../../../api/time.ts';
import type {
  RoutedRollout,
  RouterObjects,
  RouterReading,
  RouteWrite,
  TrafficIntent,
  TrafficRouter,
} from '../../../ports/traffic-router.ts';
import { allFound, usable } from '../result.ts';
import { seenRoutes, updateOf } from '../router-objects.ts';
import { silentReading, troubledReading } from '../router-reading.ts';
import { findSubsetRule, withHashes } from './destination-rule.ts';
import { hashWrites } from './hash-writes.ts';
import { problemsOfPlannedRoutes } from './planned-routes.ts';
import { renderVirtualService, writtenTraffic } from './render-virtual-service.ts';
import { findSplitVirtualServices, virtualServicesOf } from './virtual-service.ts';

/** istiod collects changes for 0.1 to 10 s (its debounce) before it pushes them to the proxies, and says nothing when it has. */
const SETTLE = millis(10_000);

/** Weights, header and mirror routes of VirtualServices, and hashes of the two subsets of a DestinationRule; every other field stays as it is. */
export const istioRouter: TrafficRouter<IstioRouting> = {
  name: 'istio',
  kinds: [VIRTUAL_SERVICE, DESTINATION_RULE],
  objects: objectsOf,
  read,
  problems,
  write,
  release,
};

function objectsOf(config: IstioRouting): ReturnType<TrafficRouter['objects']> {
  return [
    ...virtualServicesOf(config).map(({ service }) => ({ kind: VIRTUAL_SERVICE, name: service.name })),
    ...(config.destinationRule === undefined ? [] : [{ kind: DESTINATION_RULE, name: config.destinationRule.name }]),
  ];
}

function read(config: IstioRouting, rollout: RoutedRollout, objects: RouterObjects): RouterReading {
  const facts = { router: 'istio', settle: SETTLE, objects: seenRoutes(objectsOf(config), objects) } as const;
  const lookup = findSubsetRule(config, objects);
  if (!lookup.ok) return troubledReading(facts, lookup);
  const rule = lookup.value;
  const services = allFound(findSplitVirtualServices(config, rollout, rule, objects));
  if (!services.ok) return troubledReading(facts, services);
  const traffic = writtenTraffic(services.value, rollout);
  const hashes = rule === undefined ? {} : { stableHash: rule.subsets.stable.hash ?? '', canaryHash: rule.subsets.canary.hash ?? '' };
  return silentReading(facts, { ...traffic, ...hashes });
}

function write(config: IstioRouting, rollout: RoutedRollout, objects: RouterObjects, intent: TrafficIntent): readonly RouteWrite[] {
  const lookup = findSubsetRule(config, objects);
  if (!lookup.ok) return [];
  const rule = lookup.value;
  const services = usable(findSplitVirtualServices(config, rollout, rule, objects));
  const routes = services.flatMap((service) => updateOf(service.object, renderVirtualService(service, rollout, intent)));
  if (rule === undefined) return routes;
  const { before, after } = hashWrites(rule, writtenTraffic(services, rollout), intent);
  return [...updateOf(rule.object, before), ...routes, ...updateOf(rule.object, after)];
}

/** Traffic to stable first, then subsets that select every Pod of the host again: without the Rollout nobody would move their hashes on. */
function release(config: IstioRouting, rollout: RoutedRollout, objects: RouterObjects): readonly RouteWrite[] {
  const lookup = findSubsetRule(config, objects);
  if (!lookup.ok) return [];
  const rule = lookup.value;
  const services = usable(findSplitVirtualServices(config, rollout, rule, objects));
  const nothing = { weight: 0, headerRoutes: [], mirrorRoutes: [] };
  const routes = services.flatMap((service) => updateOf(service.object, renderVirtualService(service, rollout, nothing)));
  if (rule === undefined) return routes;
  return [...routes, ...updateOf(rule.object, withHashes(rule, { stable: undefined, canary: undefined }))];
}

function problems(config: IstioRouting, rollout: RoutedRollout, objects: RouterObjects): readonly FieldProblem[] {
  const rule = findSubsetRule(config, objects);
  return rule.ok ? problemsOfPlannedRoutes(usable(findSplitVirtualServices(config, rollout, rule.value, objects)), rollout) : [];
}
