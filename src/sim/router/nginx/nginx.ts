import { z } from 'zod';
import { INGRESS } from '../../../api/kinds.ts';
import { type KubeObject, objectMetaSchema } from '../../../api/metadata.ts';
import type { AppliedRule } from '../applied-config.ts';
import { type RouteObjects, routeId, type ServedRoute, type SimulatedRouter } from '../simulated-router.ts';

const backendSchema = z.looseObject({ service: z.looseObject({ name: z.string() }).optional() }).optional();

const schema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z.looseObject({
    defaultBackend: backendSchema,
    rules: z
      .array(
        z.looseObject({
          host: z.string().default('*'),
          http: z
            .looseObject({ paths: z.array(z.looseObject({ path: z.string().default('/'), backend: backendSchema })).default([]) })
            .optional(),
        }),
      )
      .default([]),
  }),
});

/** Percent, unless `canary-weight-total` says otherwise. */
const USUAL_TOTAL = 100;

interface Ingress {
  readonly object: KubeObject;
  /** By host and path: the Service there. */
  readonly places: ReadonlyMap<string, string>;
  /** Of a canary Ingress: its share, and of how much. */
  readonly canary: { readonly weight: number; readonly total: number } | undefined;
}

function numberIn(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}

/** An Ingress is a canary by the annotation `<prefix>/canary`; the prefix is a setting of the controller. */
function canaryOf(annotations: Readonly<Record<string, string>>): Ingress['canary'] {
  const mark = Object.keys(annotations).find((key) => key.endsWith('/canary') && annotations[key] === 'true');
  if (mark === undefined) return undefined;
  const total = numberIn(annotations[`${mark}-weight-total`], USUAL_TOTAL);
  return { weight: Math.min(numberIn(annotations[`${mark}-weight`], 0), total), total };
}

function readIngress(object: KubeObject): Ingress | undefined {
  const view = schema.safeParse(object).data;
  if (view === undefined) return undefined;
  const paths = view.spec.rules.flatMap((rule) =>
    (rule.http?.paths ?? []).flatMap(({ path, backend }) =>
      backend?.service === undefined ? [] : [[`${rule.host}${path}`, backend.service.name] as const],
    ),
  );
  const { defaultBackend } = view.spec;
  const last = defaultBackend?.service === undefined ? [] : [['default', defaultBackend.service.name] as const];
  return { object, places: new Map([...paths, ...last]), canary: canaryOf(view.metadata.annotations ?? {}) };
}

function ruleAt(place: string, service: string, canaries: readonly Ingress[]): AppliedRule {
  const beside = canaries.find((one) => one.places.has(place));
  const other = beside?.places.get(place);
  if (beside?.canary === undefined || other === undefined) return { name: place, backends: [{ service, weight: USUAL_TOTAL }] };
  const { weight, total } = beside.canary;
  return {
    name: place,
    backends: [
      { service, weight: total - weight },
      { service: other, weight },
    ],
  };
}

function serve(objects: RouteObjects): readonly ServedRoute[] {
  const all = objects(INGRESS).flatMap((object) => readIngress(object) ?? []);
  const canaries = all.filter((one) => one.canary !== undefined);
  return all
    .filter((one) => one.canary === undefined)
    .map(({ object, places }) => ({
      id: routeId(INGRESS, object),
      rules: Array.from(places, ([place, service]) => ruleAt(place, service, canaries)),
      sources: [object, ...canaries.filter((one) => [...places.keys()].some((place) => one.places.has(place))).map((one) => one.object)],
    }));
}

/** ingress-nginx: a canary Ingress takes its share of the paths that it has in common with another one. It never says what it serves. */
export const NGINX: SimulatedRouter = { name: 'nginx', kinds: [INGRESS], crds: [], serve };
