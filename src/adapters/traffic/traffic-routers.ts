import type { Rollout } from '../../api/rollout.ts';
import { readContour } from '../../core/traffic/contour-config.ts';
import { readGatewayApi } from '../../core/traffic/gateway-api-config.ts';
import { routedRollout } from '../../core/traffic/routed-rollout.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import type { RouterUse, TrafficRouter, TrafficRouters } from '../../ports/traffic-router.ts';
import { contourRouter } from './contour/contour-router.ts';
import { gatewayApiRouter } from './gateway-api/gateway-api-router.ts';
import { istioRouter } from './istio/istio-router.ts';
import { nginxRouter } from './nginx/nginx-router.ts';
import { traefikRouter } from './traefik/traefik-router.ts';

interface Registered {
  readonly kinds: readonly ResourceKind[];
  /** Undefined when the strategy does not name this router. */
  readonly use: (rollout: Rollout) => RouterUse | undefined;
}

/** `configOf` reads the router's part of the strategy, parsed; its problems are the business of `core/lint`. */
function registered<Config>(router: TrafficRouter<Config>, configOf: (rollout: Rollout) => Config | undefined): Registered {
  return {
    kinds: router.kinds,
    use: (rollout) => {
      const config = configOf(rollout);
      if (config === undefined) return undefined;
      const routed = routedRollout(rollout);
      return {
        name: router.name,
        objects: router.objects(config, routed),
        read: (objects) => router.read(config, routed, objects),
        problems: (objects) => router.problems?.(config, routed, objects) ?? [],
        write: (objects, intent) => router.write(config, routed, objects, intent),
        release: (objects) => router.release(config, routed, objects),
      };
    },
  };
}

/** The order in which several routers of one Rollout are written. */
const ROUTERS: readonly Registered[] = [
  registered(gatewayApiRouter, (rollout) => readGatewayApi(rollout)?.config),
  registered(istioRouter, (rollout) => rollout.spec.strategy.canary?.trafficRouting?.istio),
  registered(nginxRouter, (rollout) => rollout.spec.strategy.canary?.trafficRouting?.nginx),
  registered(traefikRouter, (rollout) => rollout.spec.strategy.canary?.trafficRouting?.traefik),
  registered(contourRouter, (rollout) => readContour(rollout)?.config),
];

/** Every traffic router, each with how a strategy names it. */
export function createTrafficRouters(): TrafficRouters {
  return {
    kinds: [...new Set(ROUTERS.flatMap((router) => router.kinds))],
    usedBy: (rollout) => ROUTERS.map((router) => router.use(rollout)).filter((use) => use !== undefined),
  };
}
