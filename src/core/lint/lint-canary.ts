import { CONTOUR_PLUGIN } from '../../api/contour-routing.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { GATEWAY_API_PLUGIN } from '../../api/gateway-api-routing.ts';
import type { IntOrPercent } from '../../api/int-or-percent.ts';
import type { CanaryStrategy } from '../../api/rollout.ts';
import { hasRouter } from './has-router.ts';
import { lintRolloutAnalysis } from './lint-rollout-analysis.ts';
import { lintSteps } from './lint-steps.ts';
import { problemAt } from './problem-at.ts';

const AT = 'spec.strategy.canary';

/** The rules of a canary strategy (argo-rollouts 1.11). */
export function lintCanary(canary: CanaryStrategy): readonly FieldProblem[] {
  return [
    ...lintServices(canary),
    ...lintPingPong(canary),
    ...lintSurge(canary),
    ...lintRouting(canary),
    ...lintAntiAffinity(`${AT}.antiAffinity`, canary.antiAffinity),
    ...lintRolloutAnalysis(`${AT}.analysis`, canary.analysis),
    ...lintSteps(canary),
  ];
}

function lintServices(canary: CanaryStrategy): readonly FieldProblem[] {
  const { stableService, canaryService } = canary;
  if (stableService !== undefined && stableService === canaryService) {
    return [problemAt(`${AT}.canaryService`, canaryService, 'is the same as stableService', 'name two Services')];
  }
  if (canary.pingPong !== undefined || !needsServices(canary)) return [];
  return (['stableService', 'canaryService'] as const)
    .filter((member) => canary[member] === undefined)
    .map((member) => problemAt(`${AT}.${member}`, undefined, 'is missing, but this traffic router needs it', 'name a Service'));
}

/** Istio can also tell the revisions apart by the subsets of a DestinationRule. */
function needsServices(canary: CanaryStrategy): boolean {
  const subsets = canary.trafficRouting?.istio?.destinationRule !== undefined;
  const named = hasRouter(canary, 'gatewayAPI', 'alb', 'smi', 'apisix', 'ambassador', 'nginx', 'appMesh', 'traefik', 'contour');
  const plugin = [GATEWAY_API_PLUGIN, CONTOUR_PLUGIN].some((name) => canary.trafficRouting?.plugins?.[name] !== undefined);
  return named || plugin || (hasRouter(canary, 'istio') && !subsets);
}

function lintPingPong(canary: CanaryStrategy): readonly FieldProblem[] {
  const { pingPong } = canary;
  if (pingPong === undefined) return [];
  const at = `${AT}.pingPong`;
  return [
    ...(pingPong.pingService === pingPong.pongService
      ? [problemAt(`${at}.pongService`, pingPong.pongService, 'is the same as pingService', 'name two Services')]
      : []),
    ...(hasRouter(canary, 'alb', 'istio', 'plugins')
      ? []
      : [problemAt(at, pingPong, 'works with trafficRouting alb, istio or plugins only', 'remove it, or add one of these routers')]),
    ...(hasRouter(canary, 'alb') && canary.trafficRouting?.alb?.['rootService'] === undefined
      ? [
          problemAt(
            `${AT}.trafficRouting.alb.rootService`,
            undefined,
            'is missing, but pingPong with alb needs it',
            'name the root Service',
          ),
        ]
      : []),
  ];
}

function isZero(value: IntOrPercent | undefined): boolean {
  return value !== undefined && /^0+%?$/.test(String(value));
}

function lintSurge(canary: CanaryStrategy): readonly FieldProblem[] {
  if (!isZero(canary.maxSurge) || !isZero(canary.maxUnavailable)) return [];
  return [
    problemAt(
      `${AT}.maxUnavailable`,
      canary.maxUnavailable,
      'is 0 as well as maxSurge: no pod could ever be replaced',
      'raise maxSurge or maxUnavailable, or remove one',
    ),
  ];
}

function lintRouting(canary: CanaryStrategy): readonly FieldProblem[] {
  const routed = canary.trafficRouting !== undefined;
  const dynamic = canary.dynamicStableScale === true;
  const { type, value } = canary.replicaProgressThreshold ?? { type: 'Pods', value: 1 };
  return [
    ...(canary.scaleDownDelaySeconds !== undefined && !routed
      ? [problemAt(`${AT}.scaleDownDelaySeconds`, canary.scaleDownDelaySeconds, 'works with trafficRouting only', 'remove it')]
      : []),
    ...(dynamic && !routed ? [problemAt(`${AT}.dynamicStableScale`, true, 'works with trafficRouting only', 'remove it')] : []),
    ...(dynamic && canary.scaleDownDelaySeconds !== undefined
      ? [problemAt(`${AT}.dynamicStableScale`, true, 'excludes scaleDownDelaySeconds', 'remove one of them')]
      : []),
    ...(type === 'Percent' && value > 100
      ? [problemAt(`${AT}.replicaProgressThreshold.value`, value, 'is more than 100 percent', 'use 1 to 100')]
      : []),
    ...(canary.trafficRouting?.maxTrafficWeight !== undefined && !hasRouter(canary, 'nginx', 'plugins')
      ? [
          problemAt(
            `${AT}.trafficRouting.maxTrafficWeight`,
            canary.trafficRouting.maxTrafficWeight,
            'works with nginx or plugins only',
            'remove it: weights are percentages',
          ),
        ]
      : []),
  ];
}

/** Exactly one variant. */
export function lintAntiAffinity(field: string, antiAffinity: CanaryStrategy['antiAffinity']): readonly FieldProblem[] {
  if (antiAffinity === undefined || Object.values(antiAffinity).filter((variant) => variant !== undefined).length === 1) return [];
  return [
    problemAt(
      field,
      antiAffinity,
      'needs exactly one variant',
      'set preferredDuringSchedulingIgnoredDuringExecution or requiredDuringSchedulingIgnoredDuringExecution',
    ),
  ];
}
