import type { FieldProblem } from '../../../api/field-problem.ts';
import type { KubeObject } from '../../../api/metadata.ts';
import { deepEqual } from '../../../core/identity/deep-equal.ts';
import { isRecord } from '../../../core/identity/is-record.ts';
import { problemAt } from '../../../core/lint/problem-at.ts';
import type { HeaderRoute, RoutedRollout, TrafficIntent, WrittenTraffic } from '../../../ports/traffic-router.ts';
import { jsonAt, setJson } from '../edit-json.ts';
import { inOrder, recognised } from '../managed-routes.ts';
import { agreedWeight, setSideWeights } from '../side-weights.ts';
import { baseRoutes, conditionsOf, renderHeaderRoute } from './header-routes.ts';
import type { SplitProxy } from './http-proxy.ts';
import { isMade, madeRoutes, withMadeRoutes } from './made-routes.ts';

type Said = Pick<TrafficIntent, 'weight' | 'headerRoutes'>;

const STEPS = 'spec.strategy.canary.steps';

/** The HTTPProxy that says `intent`, or the very object that was read when it does. Header routes come last: their place does not matter to Contour. */
export function renderProxy({ object, splits }: SplitProxy, rollout: RoutedRollout, { weight, headerRoutes }: Said): KubeObject {
  const weighted = setSideWeights(object.raw, splits, weight, rollout.maxWeight);
  const bases = baseRoutes(weighted, splits);
  const before = madeRoutes(weighted);
  const made = inOrder(rollout.managedRoutes, { headerRoutes, mirrorRoutes: [] }).flatMap((managed) => {
    if (managed.type === 'mirror') return [];
    const rendered = renderHeaderRoute(bases, managed.route);
    // `problems` has refused the steps that ask for what cannot be made.
    return rendered.ok ? rendered.routes.map((route) => ({ name: managed.route.name, route })) : [];
  });
  if (made.length + before.length === 0) return weighted;
  const kept = routesOf(weighted).filter((route) => !isMade(route, before, rollout));
  const routed = setJson(weighted, ['spec', 'routes'], [...kept, ...made.map(({ route }) => route)]);
  return withMadeRoutes(
    routed,
    made.map(({ name, route }) => ({ name, conditions: [...conditionsOf(route)] })),
  );
}

/** What all HTTPProxies say together; the weight is undefined where one is not exactly what its own words would make of it. */
export function writtenTraffic(proxies: readonly SplitProxy[], rollout: RoutedRollout): WrittenTraffic {
  const weight = agreedWeight(proxies.map((proxy) => proxy.weight));
  const explicit = proxies.map((proxy) => withWeight(proxy, rollout, weight));
  const withRoutes = explicit.filter((proxy) => baseRoutes(proxy.object.raw, proxy.splits).length > 0);
  const { headerRoutes } = recognised(
    rollout,
    (one) => one.type === 'header' && withRoutes.length > 0 && withRoutes.every((proxy) => hasHeaderRoute(proxy, one.route)),
  );
  const whole =
    weight !== undefined && explicit.every((proxy) => renderProxy(proxy, rollout, { weight, headerRoutes }) === proxy.object.raw);
  return { weight: whole ? weight : undefined, headerRoutes, mirrorRoutes: [] };
}

/** The proxy with every weight written out, also one that Contour counts as 0 because it is absent. */
function withWeight(proxy: SplitProxy, { maxWeight }: RoutedRollout, weight: number | undefined): SplitProxy {
  if (weight === undefined) return proxy;
  return { ...proxy, object: { ...proxy.object, raw: setSideWeights(proxy.object.raw, proxy.splits, weight, maxWeight) } };
}

function hasHeaderRoute({ object, splits }: SplitProxy, header: HeaderRoute): boolean {
  const rendered = renderHeaderRoute(baseRoutes(object.raw, splits), header);
  const live = routesOf(object.raw);
  return rendered.ok && rendered.routes.every((route) => live.some((one) => deepEqual(one, route)));
}

/** What keeps these HTTPProxies from saying the routes that steps make. */
export function problemsOfPlannedRoutes(proxies: readonly SplitProxy[], rollout: RoutedRollout): readonly FieldProblem[] {
  const { headerRoutes, mirrorRoutes } = rollout.plannedRoutes;
  const mirrors = mirrorRoutes.map(({ name }) =>
    problemAt(STEPS, name, 'Contour cannot mirror the requests that a step chooses', 'remove the setMirrorRoute step'),
  );
  return [...mirrors, ...proxies.flatMap((proxy) => headerRoutes.flatMap((header) => problemsOfHeader(proxy, rollout, header)))];
}

function problemsOfHeader({ object, splits }: SplitProxy, rollout: RoutedRollout, header: HeaderRoute): readonly FieldProblem[] {
  const what = `HTTPProxy ${object.raw.metadata.name}`;
  const bases = baseRoutes(object.raw, splits);
  if (bases.length === 0)
    return [problemAt(STEPS, header.name, `${what} shares its traffic in tcpproxy, which knows no headers`, 'remove the step')];
  const rendered = renderHeaderRoute(bases, header);
  if (!rendered.ok) return [problemAt(STEPS, header.name, `does not fit ${what}: ${rendered.problem}`, rendered.remedy)];
  const foreign = routesOf(object.raw).filter((route) => !isMade(route, madeRoutes(object.raw), rollout));
  const clash = rendered.routes.some((route) => foreign.some((one) => isRecord(one) && deepEqual(conditionsOf(one), conditionsOf(route))));
  return clash
    ? [problemAt(STEPS, header.name, `${what} has a route with these conditions already`, 'remove that route, or use another header')]
    : [];
}

function routesOf(object: KubeObject): readonly unknown[] {
  const routes = jsonAt(object, ['spec', 'routes']);
  return Array.isArray(routes) ? routes : [];
}
