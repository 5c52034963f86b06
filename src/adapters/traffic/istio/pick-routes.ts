import type { IstioVirtualService } from '../../../api/istio-routing.ts';
import { found, type Result, trouble } from '../result.ts';
import type { Destination, TcpRoute, TlsRoute, VirtualServiceView } from './istio-objects.ts';

export const PROTOCOLS = ['http', 'tls', 'tcp'] as const;

/** One route of a VirtualService: `spec.<protocol>[index]`. */
export interface PickedRoute {
  readonly protocol: (typeof PROTOCOLS)[number];
  readonly index: number;
  readonly destinations: readonly Destination[];
}

/** How a Rollout names routes of each protocol. */
const NAMED_BY = { http: 'routes', tls: 'tlsRoutes', tcp: 'tcpRoutes' } as const;

/**
 * The routes that share the traffic, as Argo Rollouts finds them: those that the Rollout names; of a protocol of which it names none, the only route, when
 * `splits` says that it leads to both sides. Header and mirror routes that we made (`isManaged`) do not count.
 */
export function pickRoutes(
  view: VirtualServiceView,
  config: IstioVirtualService,
  isManaged: (name: string | undefined) => boolean,
  splits: (destinations: readonly Destination[]) => boolean,
): Result<readonly PickedRoute[]> {
  const picked: PickedRoute[] = [];
  const present = PROTOCOLS.filter((protocol) => (view.spec[protocol] ?? []).length > 0);
  // Names of routes are for the protocols that there are: the same words may stand beside a VirtualService of TLS alone.
  for (const protocol of present.length === 0 ? PROTOCOLS : present) {
    const named = namedRoutes(view, config, isManaged, protocol);
    const chosen = named.ok && named.value.length === 0 ? onlyRoute(view, isManaged, protocol, splits) : named;
    if (!chosen.ok) return chosen;
    picked.push(...chosen.value);
  }
  return found(picked);
}

function routesOf(
  view: VirtualServiceView,
  isManaged: (name: string | undefined) => boolean,
  protocol: PickedRoute['protocol'],
): readonly PickedRoute[] {
  if (protocol !== 'http') return (view.spec[protocol] ?? []).map(({ route }, index) => ({ protocol, index, destinations: route ?? [] }));
  return (view.spec.http ?? []).flatMap(({ name, route }, index) =>
    isManaged(name) ? [] : [{ protocol, index, destinations: route ?? [] }],
  );
}

function namedRoutes(
  view: VirtualServiceView,
  config: IstioVirtualService,
  isManaged: (name: string | undefined) => boolean,
  protocol: PickedRoute['protocol'],
): Result<readonly PickedRoute[]> {
  const all = routesOf(view, isManaged, protocol);
  const picked = new Set<PickedRoute>();
  for (const { shown, matches } of wanted(view, config, protocol)) {
    const matching = all.filter((route) => matches(route.index));
    if (matching.length === 0) {
      return trouble(
        'RuleNotFound',
        `VirtualService ${view.metadata.name} has no ${protocol} route ${shown}; name one that it has, or add it`,
      );
    }
    for (const route of matching) picked.add(route);
  }
  return found([...picked].toSorted((left, right) => left.index - right.index));
}

interface WantedRoute {
  readonly shown: string;
  readonly matches: (index: number) => boolean;
}

function wanted(view: VirtualServiceView, config: IstioVirtualService, protocol: PickedRoute['protocol']): readonly WantedRoute[] {
  const { http = [], tls = [], tcp = [] } = view.spec;
  switch (protocol) {
    case 'http':
      return (config.routes ?? []).map((name) => ({ shown: `named ${name}`, matches: (index) => http[index]?.name === name }));
    case 'tls':
      return (config.tlsRoutes ?? []).map(({ port, sniHosts = [] }) => ({
        shown: `that matches ${[...(port === undefined ? [] : [`port ${port}`]), ...sniHosts].join(' and ')}`,
        matches: (index) => hasPort(tls[index], port) && hasHosts(tls[index], sniHosts),
      }));
    case 'tcp':
      return (config.tcpRoutes ?? []).map(({ port }) => ({
        shown: port === undefined ? 'that matches every port' : `that matches port ${port}`,
        matches: (index) => hasPort(tcp[index], port),
      }));
  }
}

/** Every entry of the match says this port, or none says any. */
function hasPort(route: TlsRoute | TcpRoute | undefined, port: number | undefined): boolean {
  const ports = new Set((route?.match ?? []).map((match) => match.port));
  return ports.size === 0 ? port === undefined : ports.size === 1 && ports.has(port);
}

function hasHosts(route: TlsRoute | undefined, hosts: readonly string[]): boolean {
  const found = new Set((route?.match ?? []).flatMap((match) => match.sniHosts ?? []));
  return found.size === new Set(hosts).size && hosts.every((host) => found.has(host));
}

function onlyRoute(
  view: VirtualServiceView,
  isManaged: (name: string | undefined) => boolean,
  protocol: PickedRoute['protocol'],
  splits: (destinations: readonly Destination[]) => boolean,
): Result<readonly PickedRoute[]> {
  const all = routesOf(view, isManaged, protocol);
  const splitting = all.filter((route) => splits(route.destinations));
  if (all.length === 1 || splitting.length === 0) return found(splitting);
  const which = `name those that share the traffic in ${NAMED_BY[protocol]}`;
  return trouble('RuleNotFound', `VirtualService ${view.metadata.name} has ${all.length} ${protocol} routes; ${which}`);
}
