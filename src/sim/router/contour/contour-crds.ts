import { HTTP_PROXY } from '../../../api/kinds.ts';
import type { KubeObject } from '../../../api/metadata.ts';
import { crd, FLAG, INT64, list, OPEN, object, open, TEXT } from '../crd-parts.ts';

const PROXIED_SERVICE = object(
  {
    name: TEXT,
    port: { type: 'integer', minimum: 1, maximum: 65_536, exclusiveMaximum: true },
    healthPort: { type: 'integer', minimum: 1, maximum: 65_535 },
    mirror: FLAG,
    protocol: { ...TEXT, enum: ['h2', 'h2c', 'tls'] },
    weight: { ...INT64, minimum: 0 },
    requestHeadersPolicy: OPEN,
    responseHeadersPolicy: OPEN,
  },
  { required: ['name', 'port'] },
);

const HEADER_CONDITION = object(
  {
    name: TEXT,
    present: FLAG,
    notpresent: FLAG,
    contains: TEXT,
    notcontains: TEXT,
    exact: TEXT,
    notexact: TEXT,
    regex: TEXT,
    ignoreCase: FLAG,
    treatMissingAsEmpty: FLAG,
  },
  { required: ['name'] },
);
const CONDITIONS = list(object({ prefix: TEXT, exact: TEXT, regex: TEXT, header: HEADER_CONDITION, queryParameter: OPEN }));

const HTTP_PROXY_SPEC = object({
  includes: list(object({ name: TEXT, namespace: TEXT, conditions: CONDITIONS }, { required: ['name'] })),
  ingressClassName: TEXT,
  routes: list(
    object({
      conditions: CONDITIONS,
      services: list(PROXIED_SERVICE),
      permitInsecure: FLAG,
      enableWebsockets: FLAG,
      loadBalancerPolicy: OPEN,
      pathRewritePolicy: OPEN,
      requestHeadersPolicy: OPEN,
      responseHeadersPolicy: OPEN,
      retryPolicy: OPEN,
      timeoutPolicy: OPEN,
    }),
  ),
  tcpproxy: object({ services: list(PROXIED_SERVICE), loadBalancerPolicy: OPEN, healthCheckPolicy: OPEN }),
  virtualhost: open({ fqdn: TEXT, tls: OPEN }, { required: ['fqdn'] }),
});

const CONTOUR_STATUS = object({
  currentStatus: TEXT,
  description: TEXT,
  loadBalancer: OPEN,
  conditions: list(
    open(
      {
        type: TEXT,
        status: { ...TEXT, enum: ['True', 'False', 'Unknown'] },
        observedGeneration: { ...INT64, minimum: 0 },
        lastTransitionTime: { ...TEXT, format: 'date-time' },
        reason: { ...TEXT, minLength: 1 },
        message: TEXT,
      },
      { required: ['type', 'status', 'lastTransitionTime', 'reason', 'message'] },
    ),
    { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] },
  ),
});

/** The HTTPProxy of Contour 1.33, cut down to routing. */
export const CONTOUR_CRDS: readonly KubeObject[] = [
  crd(HTTP_PROXY, HTTP_PROXY_SPEC, {
    ...CONTOUR_STATUS,
    default: { currentStatus: 'NotReconciled', description: 'Waiting for controller' },
  }),
];
