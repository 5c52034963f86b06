import { z } from 'zod';
import { type ContourRouting } from '../../../api/contour-routing.ts';
import { HTTP_PROXY } from '../../../api/kinds.ts';
import { objectMetaSchema } from '../../../api/metadata.ts';
import type { RoutedRollout, RouterObjects } from '../../../ports/traffic-router.ts';
import type { JsonPath } from '../edit-json.ts';
import { found, type Result, trouble } from '../result.ts';
import { findObject, type RouterObject } from '../router-objects.ts';
import { agreedWeight, type SplitList, sideOfService, sideWeights, type WeightedEntry } from '../side-weights.ts';

const serviceSchema = z.looseObject({ name: z.string(), weight: z.int().min(0).optional(), mirror: z.boolean().optional() });
const servicesSchema = z.looseObject({ services: z.array(serviceSchema).optional() });

type ServiceView = z.infer<typeof serviceSchema>;

/** The part of an HTTPProxy that splits traffic, and what Contour says about it. */
const httpProxySchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({ routes: z.array(servicesSchema).optional(), tcpproxy: servicesSchema.optional() }),
  status: z
    .looseObject({
      currentStatus: z.string().optional(),
      description: z.string().optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), observedGeneration: z.int().optional() })).optional(),
    })
    .optional(),
});

export type HttpProxyView = z.infer<typeof httpProxySchema>;

/** One HTTPProxy with the lists that share the traffic between our two Services. */
export interface SplitProxy {
  readonly object: RouterObject<HttpProxyView>;
  readonly splits: readonly SplitList[];
  /** Of all lists; undefined when they disagree. */
  readonly weight: number | undefined;
}

/** Every HTTPProxy that the Rollout names: with its splits, or what is wrong with it. */
export function findSplitProxies(config: ContourRouting, rollout: RoutedRollout, objects: RouterObjects): readonly Result<SplitProxy>[] {
  return config.httpProxies.map((name, index) => {
    const lookup = findObject(objects, HTTP_PROXY, httpProxySchema, name, `trafficRouting.contour.httpProxies[${index}]`);
    return lookup.ok ? splitsOf(lookup.value, rollout) : lookup;
  });
}

/** A list that names one side only is somebody's own route, and none of ours. */
function splitsOf(object: RouterObject<HttpProxyView>, rollout: RoutedRollout): Result<SplitProxy> {
  const { name } = object.raw.metadata;
  const splits: SplitList[] = [];
  const weights: (number | undefined)[] = [];
  for (const { path, services } of serviceLists(object.view)) {
    const result = sideWeights(entriesOf(services, rollout), rollout.maxWeight);
    if (result.type === 'invalid') return trouble('RouteInvalid', `HTTPProxy ${name}: ${shown(path)}: ${result.problem}`);
    if (result.type === 'partial') continue;
    splits.push({ path, stable: result.stable, canary: result.canary });
    weights.push(result.weight);
  }
  if (splits.length > 0) return found({ object, splits, weight: agreedWeight(weights) });
  const { stableService, canaryService } = rollout;
  const both = `${stableService} and ${canaryService}`;
  return trouble('RuleNotFound', `HTTPProxy ${name} has no route whose services name both ${both}; add the missing one with weight 0`);
}

function serviceLists(view: HttpProxyView): readonly { readonly path: JsonPath; readonly services: readonly ServiceView[] }[] {
  const { routes = [], tcpproxy } = view.spec;
  return [
    ...routes.map((route, index) => ({ path: ['spec', 'routes', index, 'services'], services: route.services ?? [] })),
    { path: ['spec', 'tcpproxy', 'services'], services: tcpproxy?.services ?? [] },
  ];
}

/** Contour splits evenly when no service of a route has a weight, and counts an absent one as 0 otherwise. A mirror takes no share. */
function entriesOf(services: readonly ServiceView[], rollout: RoutedRollout): readonly WeightedEntry[] {
  const sharing = services.filter((service) => service.mirror !== true);
  const even = sharing.length > 1 && sharing.every((service) => (service.weight ?? 0) === 0);
  return services.map((service): WeightedEntry => {
    const shown = `Service ${service.name}`;
    if (service.mirror === true) return { side: undefined, shown, weight: 0 };
    return { side: sideOfService(service.name, rollout), shown, weight: even ? undefined : (service.weight ?? 0) };
  });
}

function shown(path: JsonPath): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}
