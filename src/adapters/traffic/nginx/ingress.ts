import { z } from 'zod';
import { INGRESS } from '../../../api/kinds.ts';
import { API_VERSION } from '../../../api/labels.ts';
import { type KubeObject, objectMetaSchema } from '../../../api/metadata.ts';
import { DEFAULT_ANNOTATION_PREFIX, type NginxRouting } from '../../../api/nginx-routing.ts';
import { canaryIngressName } from '../../../core/identity/names.ts';
import type { RoutedRollout } from '../../../ports/traffic-router.ts';
import type { RouterObject } from '../router-objects.ts';

/** Not the adapter's own unit, but Kubernetes': weights are percentages unless `canary-weight-total` says otherwise. */
const PERCENT = 100;

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

const backendSchema = z.looseObject({ service: z.looseObject({ name: z.string() }).optional() });

export const ingressSchema = z.looseObject({
  metadata: objectMetaSchema,
  spec: z
    .looseObject({
      ingressClassName: z.string().optional(),
      defaultBackend: backendSchema.optional(),
      tls: z.array(z.looseObject({})).optional(),
      rules: z
        .array(
          z.looseObject({
            http: z.looseObject({ paths: z.array(z.looseObject({ backend: backendSchema })).default([]) }).optional(),
          }),
        )
        .optional(),
    })
    .default({}),
});

export type IngressView = z.infer<typeof ingressSchema>;

type Backend = z.infer<typeof backendSchema>;

/** The names of the Ingresses that lead to the stable Service, with the place of the Rollout that names each. */
export function stableIngresses(config: NginxRouting): readonly { readonly name: string; readonly field: string }[] {
  const at = 'trafficRouting.nginx';
  const several = (config.stableIngresses ?? []).map((name, index) => ({ name, field: `${at}.stableIngresses[${index}]` }));
  return config.stableIngress === undefined ? several : [{ name: config.stableIngress, field: `${at}.stableIngress` }, ...several];
}

/** `nginx.ingress.kubernetes.io/<name>`, or with the prefix of this configuration. */
export function nginxAnnotation(config: NginxRouting, name: string): string {
  return `${config.annotationPrefix ?? DEFAULT_ANNOTATION_PREFIX}/${name}`;
}

/** Whether an annotation is read by ingress-nginx. */
export function isNginxAnnotation(config: NginxRouting, key: string): boolean {
  return key.startsWith(nginxAnnotation(config, ''));
}

/**
 * The canary Ingress beside a stable one: ingress-nginx sends `weight` of `maxWeight` of the requests to its paths. Its rules are those of the stable Ingress
 * that lead to the stable Service, with the canary Service instead. Undefined when no path leads to the stable Service.
 */
export function canaryIngress(
  config: NginxRouting,
  rollout: RoutedRollout,
  stable: RouterObject<IngressView>,
  weight: number,
): KubeObject | undefined {
  const spec = canarySpec(stable.view.spec, rollout);
  if (spec === undefined) return undefined;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: INGRESS.kind,
    metadata: {
      name: canaryIngressName(rollout.name, stable.view.metadata.name),
      namespace: rollout.namespace,
      annotations: canaryAnnotations(config, rollout, stable.view, weight),
      ownerReferences: [
        { apiVersion: API_VERSION, kind: 'Rollout', name: rollout.name, uid: rollout.uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec,
  };
}

function canarySpec(spec: IngressView['spec'], rollout: RoutedRollout): IngressView['spec'] | undefined {
  const rules = (spec.rules ?? []).flatMap((rule) => {
    const paths = (rule.http?.paths ?? []).flatMap((path) => {
      const backend = canaryBackend(path.backend, rollout);
      return backend === undefined ? [] : [{ ...path, backend }];
    });
    return paths.length === 0 ? [] : [{ ...rule, http: { ...rule.http, paths } }];
  });
  const defaultBackend = spec.defaultBackend === undefined ? undefined : canaryBackend(spec.defaultBackend, rollout);
  if (rules.length === 0 && defaultBackend === undefined) return undefined;
  return {
    ...(spec.ingressClassName === undefined ? {} : { ingressClassName: spec.ingressClassName }),
    ...(defaultBackend === undefined ? {} : { defaultBackend }),
    ...(spec.tls === undefined ? {} : { tls: spec.tls }),
    ...(rules.length === 0 ? {} : { rules }),
  };
}

function canaryBackend(backend: Backend, { stableService, canaryService }: RoutedRollout): Backend | undefined {
  if (backend.service === undefined || backend.service.name !== stableService || canaryService === undefined) return undefined;
  return { ...backend, service: { ...backend.service, name: canaryService } };
}

function canaryAnnotations(
  config: NginxRouting,
  rollout: RoutedRollout,
  stable: IngressView,
  weight: number,
): Readonly<Record<string, string>> {
  const ingressClass = stable.metadata.annotations?.[CLASS_ANNOTATION];
  const additional = Object.entries(config.additionalIngressAnnotations ?? {}).map(([key, value]): [string, string] => [
    isNginxAnnotation(config, key) ? key : nginxAnnotation(config, key),
    value,
  ]);
  return {
    ...(ingressClass === undefined ? {} : { [CLASS_ANNOTATION]: ingressClass }),
    ...config.canaryIngressAnnotations,
    ...Object.fromEntries(additional),
    [nginxAnnotation(config, 'canary')]: 'true',
    [nginxAnnotation(config, 'canary-weight')]: String(weight),
    ...(rollout.maxWeight === PERCENT ? {} : { [nginxAnnotation(config, 'canary-weight-total')]: String(rollout.maxWeight) }),
  };
}
