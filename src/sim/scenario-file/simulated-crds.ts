import type { KubeObject } from '../../api/metadata.ts';
import { GATEWAY_CRDS } from '../router/gateway-crds.ts';
import { CONTOUR_CRDS, ISTIO_CRDS, TRAEFIK_CRDS } from '../router/mesh-crds.ts';

/** The kinds of every router, so that a scenario may hold routes of any. */
export const SIMULATED_CRDS: readonly KubeObject[] = [...GATEWAY_CRDS, ...CONTOUR_CRDS, ...ISTIO_CRDS, ...TRAEFIK_CRDS];
