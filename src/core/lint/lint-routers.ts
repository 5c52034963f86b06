import type { FieldProblem } from '../../api/field-problem.ts';
import type { Rollout } from '../../api/rollout.ts';
import { readContour } from '../traffic/contour-config.ts';
import { readGatewayApi } from '../traffic/gateway-api-config.ts';
import { lintIstio } from './lint-istio.ts';
import { lintNginx } from './lint-nginx.ts';

/** The rules of every traffic router beside those that all share; one line a router. */
export function lintRouters(rollout: Rollout): readonly FieldProblem[] {
  const { canary } = rollout.spec.strategy;
  if (canary?.trafficRouting === undefined) return [];
  return [
    ...(readGatewayApi(rollout)?.problems ?? []),
    ...(readContour(rollout)?.problems ?? []),
    ...lintIstio(canary),
    ...lintNginx(canary),
  ];
}
