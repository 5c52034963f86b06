import { DESTINATION_RULE, VIRTUAL_SERVICE } from '../../../api/kinds.ts';
import type { KubeObject } from '../../../api/metadata.ts';
import { crd, FLAG, INT32, list, OPEN, object, open, TEXT } from '../crd-parts.ts';

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

/** The kinds of Istio 1.22 and later in version v1, cut down to routing. */
export const ISTIO_CRDS: readonly KubeObject[] = [
  crd(VIRTUAL_SERVICE, VIRTUAL_SERVICE_SPEC, OPEN),
  crd(DESTINATION_RULE, DESTINATION_RULE_SPEC, OPEN),
];
