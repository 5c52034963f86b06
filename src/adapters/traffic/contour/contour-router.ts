import { type ContourRouting } from '../../../api/contour-routing.ts';
import type { FieldProblem } from '../../../api/field-problem.ts';
import { HTTP_PROXY } from '../../../api/kinds.ts';
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
import { troubledReading } from '../router-reading.ts';
import { acceptanceOf } from './acceptance.ts';
import { findSplitProxies } from './http-proxy.ts';
import { problemsOfPlannedRoutes, renderProxy, writtenTraffic } from './render-proxy.ts';

/**
 * Contour pushes to Envoy as it writes the status: one Envoy followed within 0.2 s of the write, up to 0.04 s after the status. Every Envoy follows by
 * itself, so a fleet needs some time more.
 */
const SETTLE = millis(2_000);

type Said = Pick<TrafficIntent, 'weight' | 'headerRoutes'>;

/** Weights and header routes of HTTPProxies; every other field stays as it is. */
export const contourRouter: TrafficRouter<ContourRouting> = {
  name: 'contour',
  kinds: [HTTP_PROXY],
  objects: objectsOf,
  read,
  problems,
  write,
  release: (config, rollout, objects) => write(config, rollout, objects, { weight: 0, headerRoutes: [] }),
};

function objectsOf(config: ContourRouting): ReturnType<TrafficRouter['objects']> {
  return config.httpProxies.map((name) => ({ kind: HTTP_PROXY, name }));
}

function read(config: ContourRouting, rollout: RoutedRollout, objects: RouterObjects): RouterReading {
  const proxies = allFound(findSplitProxies(config, rollout, objects));
  const facts = { router: 'contour', settle: SETTLE, objects: seenRoutes(objectsOf(config), objects) } as const;
  if (!proxies.ok) return troubledReading(facts, proxies);
  const state = { ok: true, written: writtenTraffic(proxies.value, rollout) } as const;
  return { ...facts, state, acceptance: acceptanceOf(proxies.value.map((proxy) => proxy.object)) };
}

function problems(config: ContourRouting, rollout: RoutedRollout, objects: RouterObjects): readonly FieldProblem[] {
  return problemsOfPlannedRoutes(usable(findSplitProxies(config, rollout, objects)), rollout);
}

function write(config: ContourRouting, rollout: RoutedRollout, objects: RouterObjects, intent: Said): readonly RouteWrite[] {
  return usable(findSplitProxies(config, rollout, objects)).flatMap((proxy) => updateOf(proxy.object, renderProxy(proxy, rollout, intent)));
}
