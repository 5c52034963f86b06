import { z } from 'zod';
import { DESTINATION_RULE, VIRTUAL_SERVICE } from '../../../api/kinds.ts';
import { type KubeObject, objectMetaSchema } from '../../../api/metadata.ts';
import type { AppliedBackend, AppliedRule } from '../applied-config.ts';
import { type RouteObjects, routeId, type ServedRoute, type SimulatedRouter } from '../simulated-router.ts';
import { ISTIO_CRDS } from './istio-crds.ts';
import { subsetsSchema } from './subsets.ts';

const destinationSchema = z.looseObject({
  destination: z.looseObject({ host: z.string(), subset: z.string().optional() }),
  weight: z.int().min(0).optional(),
});
const routesSchema = z.array(z.looseObject({ name: z.string().optional(), route: z.array(destinationSchema).default([]) })).default([]);

const virtualServiceSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({ http: routesSchema, tls: routesSchema, tcp: routesSchema }),
});

const destinationRuleSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({
    host: z.string(),
    subsets: subsetsSchema,
  }),
});

type Destination = z.infer<typeof destinationSchema>;
type DestinationRule = z.infer<typeof destinationRuleSchema>;

/** `web`, `web.shop` and `web.shop.svc.<cluster domain>` are the Service web of the namespace shop; any other host stays as it is. */
function serviceOf(host: string, namespace: string | undefined): string {
  const [name = '', inNamespace = namespace, svc = 'svc'] = host.split('.');
  return inNamespace === namespace && svc === 'svc' ? name : host;
}

function backendOf(
  each: Destination,
  all: readonly Destination[],
  namespace: string | undefined,
  rules: readonly DestinationRule[],
): AppliedBackend {
  const service = serviceOf(each.destination.host, namespace);
  // The only destination of a route gets everything; beside others an absent weight is 0.
  const weight = each.weight ?? (all.length === 1 ? 100 : 0);
  const { subset } = each.destination;
  if (subset === undefined) return { service, weight };
  const rule = rules.find((one) => serviceOf(one.spec.host, namespace) === service);
  const labels = rule?.spec.subsets.find((one) => one.name === subset)?.labels;
  // A subset that nobody defines is a cluster without endpoints.
  if (rule === undefined || labels === undefined) return { service: `no subset ${subset} of ${service}`, weight };
  return { service, weight, subset: { name: `${rule.metadata.name}/${subset}`, labels } };
}

function serve(objects: RouteObjects): readonly ServedRoute[] {
  const ruleObjects = objects(DESTINATION_RULE);
  const rules = ruleObjects.flatMap((object) => destinationRuleSchema.safeParse(object).data ?? []);
  return objects(VIRTUAL_SERVICE).flatMap((object: KubeObject): readonly ServedRoute[] => {
    const view = virtualServiceSchema.safeParse(object).data;
    if (view === undefined) return [];
    const { namespace } = view.metadata;
    const routes = [...view.spec.http, ...view.spec.tls, ...view.spec.tcp].map(
      ({ name, route }): AppliedRule => ({ name, backends: route.map((each) => backendOf(each, route, namespace, rules)) }),
    );
    const used = new Set(routes.flatMap((rule) => rule.backends.flatMap((backend) => backend.subset?.name.split('/')[0] ?? [])));
    return [
      {
        id: routeId(VIRTUAL_SERVICE, object),
        rules: routes,
        sources: [object, ...ruleObjects.filter((rule) => used.has(rule.metadata.name))],
      },
    ];
  });
}

/** Istio: weights of a VirtualService over hosts, or over subsets whose labels stand in a DestinationRule. It never says that a proxy follows. */
export const ISTIO: SimulatedRouter = { name: 'istio', kinds: [VIRTUAL_SERVICE, DESTINATION_RULE], crds: ISTIO_CRDS, serve };
