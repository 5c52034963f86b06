import { TRAEFIK_SERVICE } from '../../../api/kinds.ts';
import type { KubeObject } from '../../../api/metadata.ts';
import { crd, FLAG, INT64, list, OPEN, object, TEXT } from '../crd-parts.ts';

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

/** The TraefikService of Traefik 3, cut down to splitting traffic; it has no status. */
export const TRAEFIK_CRDS: readonly KubeObject[] = [crd(TRAEFIK_SERVICE, TRAEFIK_SERVICE_SPEC, undefined)];
