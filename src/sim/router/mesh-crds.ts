import { DESTINATION_RULE, HTTP_PROXY, type KindDescriptor, TRAEFIK_SERVICE, VIRTUAL_SERVICE } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';

type Schema = Readonly<Record<string, unknown>>;

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean' } as const;
const INT32 = { type: 'integer', format: 'int32' } as const;
const INT64 = { type: 'integer', format: 'int64' } as const;
const OPEN = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const;

function object(properties: Schema, more: Schema = {}): Schema {
  return { type: 'object', properties, ...more };
}

function list(items: Schema, more: Schema = {}): Schema {
  return { type: 'array', items, ...more };
}

/** An object whose other members are of no interest here. */
function open(properties: Schema, more: Schema = {}): Schema {
  return { ...object(properties, more), 'x-kubernetes-preserve-unknown-fields': true };
}

const UINT32 = { type: 'integer', minimum: 0, maximum: 4_294_967_295 };

/** Istio says "at most one of" by `oneOf` over `required`, which adds no members. */
const STRING_MATCH = object({ exact: TEXT, prefix: TEXT, regex: TEXT });
const DESTINATION = object({ host: TEXT, port: object({ number: UINT32 }), subset: TEXT }, { required: ['host'] });
const SHARES = list(object({ destination: DESTINATION, weight: INT32 }, { required: ['destination'] }));
const HTTP_SHARES = list(object({ destination: DESTINATION, headers: OPEN, weight: INT32 }, { required: ['destination'] }));
const PERCENT = object({ value: { type: 'number', format: 'double' } });
const HTTP_MATCH = open({
  name: TEXT,
  uri: STRING_MATCH,
  scheme: STRING_MATCH,
  method: STRING_MATCH,
  authority: STRING_MATCH,
  headers: { type: 'object', additionalProperties: STRING_MATCH },
  gateways: list(TEXT),
  ignoreUriCase: FLAG,
  port: UINT32,
});

const VIRTUAL_SERVICE_SPEC = object({
  exportTo: list(TEXT),
  gateways: list(TEXT),
  hosts: list(TEXT),
  http: list(
    object({
      name: TEXT,
      match: list(HTTP_MATCH),
      route: HTTP_SHARES,
      mirror: DESTINATION,
      mirrorPercentage: PERCENT,
      mirrors: list(object({ destination: DESTINATION, percentage: PERCENT }, { required: ['destination'] })),
      headers: OPEN,
      rewrite: object({ authority: TEXT, uri: TEXT }),
      retries: OPEN,
      timeout: TEXT,
      fault: OPEN,
      corsPolicy: OPEN,
      delegate: object({ name: TEXT, namespace: TEXT }),
      redirect: OPEN,
    }),
  ),
  tls: list(
    object(
      { match: list(open({ port: UINT32, sniHosts: list(TEXT) }, { required: ['sniHosts'] })), route: SHARES },
      { required: ['match'] },
    ),
  ),
  tcp: list(object({ match: list(open({ port: UINT32 })), route: SHARES })),
});

const DESTINATION_RULE_SPEC = object(
  {
    exportTo: list(TEXT),
    host: TEXT,
    subsets: list(
      object({ name: TEXT, labels: { type: 'object', additionalProperties: TEXT }, trafficPolicy: OPEN }, { required: ['name'] }),
    ),
    trafficPolicy: OPEN,
    workloadSelector: OPEN,
  },
  { required: ['host'] },
);

const INT_OR_TEXT = { 'x-kubernetes-int-or-string': true };

/** A Service, or a TraefikService, that a TraefikService sends to. */
const TRAEFIK_TARGET = {
  kind: { ...TEXT, enum: ['Service', 'TraefikService'] },
  name: TEXT,
  namespace: TEXT,
  nativeLB: FLAG,
  passHostHeader: FLAG,
  port: INT_OR_TEXT,
  scheme: TEXT,
  serversTransport: TEXT,
  sticky: OPEN,
  strategy: { ...TEXT, enum: ['wrr', 'p2c', 'hrw', 'leasttime', 'RoundRobin'] },
  weight: { type: 'integer', minimum: 0 },
};

const TRAEFIK_SERVICE_SPEC = object({
  weighted: object({ services: list(object(TRAEFIK_TARGET, { required: ['name'] })), sticky: OPEN }),
  mirroring: object(
    {
      ...TRAEFIK_TARGET,
      maxBodySize: INT64,
      mirrors: list(object({ ...TRAEFIK_TARGET, percent: { type: 'integer' } }, { required: ['name'] })),
    },
    { required: ['name'] },
  ),
});

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

function crd({ group, version, kind, plural }: KindDescriptor, spec: Schema, status: Schema | undefined): KubeObject {
  const openAPIV3Schema = object(
    { apiVersion: TEXT, kind: TEXT, metadata: { type: 'object' }, spec, ...(status === undefined ? {} : { status }) },
    { required: ['spec'] },
  );
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(status === undefined ? {} : { subresources: { status: {} } }),
          schema: { openAPIV3Schema },
        },
      ],
    },
  };
}

/** The kinds of Istio 1.22 and later in version v1, cut down to routing. */
export const ISTIO_CRDS: readonly KubeObject[] = [
  crd(VIRTUAL_SERVICE, VIRTUAL_SERVICE_SPEC, OPEN),
  crd(DESTINATION_RULE, DESTINATION_RULE_SPEC, OPEN),
];

/** The TraefikService of Traefik 3, cut down to splitting traffic; it has no status. */
export const TRAEFIK_CRDS: readonly KubeObject[] = [crd(TRAEFIK_SERVICE, TRAEFIK_SERVICE_SPEC, undefined)];

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
