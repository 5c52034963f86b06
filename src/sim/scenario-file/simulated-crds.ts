import type { KubeObject } from '../../api/metadata.ts';
import { SIMULATED_ROUTERS } from '../router/simulated-routers.ts';

/** The kinds of every router, so that a scenario may hold routes of any. */
export const SIMULATED_CRDS: readonly KubeObject[] = SIMULATED_ROUTERS.flatMap((router) => router.crds);
