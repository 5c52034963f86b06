import { z } from 'zod';
import { type CelRule, exactlyOne, withRules } from './cel.ts';
import { nameSchema, podMetadataSchema } from './common-fields.ts';
import { intOrPercentSchema } from './int-or-percent.ts';
import { backgroundAnalysisSchema } from './rollout-analysis.ts';
import { canaryStepSchema } from './rollout-steps.ts';
import { type ROUTERS, trafficRoutingSchema } from './rollout-traffic.ts';

/** Keeps the pods of two revisions off the same node. */
export const antiAffinitySchema = withRules(
  z.object({
    preferredDuringSchedulingIgnoredDuringExecution: z.object({ weight: z.int().min(1).max(100) }).optional(),
    requiredDuringSchedulingIgnoredDuringExecution: z.object({}).optional(),
  }),
  exactlyOne(
    'antiAffinity',
    ['preferredDuringSchedulingIgnoredDuringExecution', 'requiredDuringSchedulingIgnoredDuringExecution'],
    'variant',
  ),
);

const pingPongSchema = withRules(z.object({ pingService: nameSchema, pongService: nameSchema }), {
  rule: 'self.pingService != self.pongService',
  message: 'pongService must differ from pingService; name two Services',
  fieldPath: '.pongService',
});

/** How much of the canary must be ready for a step to count as reached. */
const replicaProgressThresholdSchema = withRules(z.object({ type: z.enum(['Percent', 'Pods']), value: z.int().min(1) }), {
  rule: "self.type != 'Percent' || self.value <= 100",
  message: 'value must be 1 to 100 for type Percent',
  fieldPath: '.value',
});

/** CEL: whether this int-or-percent member is explicitly nothing. */
function isZero(member: string): string {
  return `has(self.${member}) && (type(self.${member}) == int ? self.${member} == 0 : string(self.${member}).matches('^0+%?$'))`;
}

/** CEL: whether one of these routers is set; `self` is the strategy. */
function hasRouter(...routers: readonly (typeof ROUTERS)[number][]): string {
  return `(has(self.trafficRouting) && (${routers.map((router) => `has(self.trafficRouting.${router})`).join(' || ')}))`;
}

/** CEL: whether any step has this member. */
function anyStep(condition: string): string {
  return `(has(self.steps) && self.steps.exists(s, ${condition}))`;
}

const SERVICE_RULES: readonly CelRule[] = [
  {
    rule: '!has(self.stableService) || !has(self.canaryService) || self.stableService != self.canaryService',
    message: 'canaryService must differ from stableService; name two Services',
    fieldPath: '.canaryService',
  },
  {
    rule: `!${hasRouter('gatewayAPI', 'alb', 'smi', 'apisix', 'ambassador', 'nginx', 'appMesh', 'traefik', 'contour')} || has(self.pingPong) || (has(self.stableService) && has(self.canaryService))`,
    message: 'stableService and canaryService are both needed by this traffic router; name two Services',
  },
  {
    rule: `!${hasRouter('istio')} || has(self.trafficRouting.istio.destinationRule) || has(self.pingPong) || (has(self.stableService) && has(self.canaryService))`,
    message:
      'stableService and canaryService are both needed by istio without destinationRule; name two Services, or two subsets of one host',
  },
  {
    rule: `!has(self.pingPong) || ${hasRouter('alb', 'istio', 'plugins')}`,
    message: 'pingPong works with trafficRouting alb, istio or plugins only; remove it or add one of them',
    fieldPath: '.pingPong',
  },
];

const ROUTING_ONLY = [
  'scaleDownDelaySeconds',
  'scaleDownDelayRevisionLimit',
  'abortScaleDownDelaySeconds',
  'minPodsPerReplicaSet',
] as const;

const SCALE_RULES: readonly CelRule[] = [
  {
    rule: `!(${isZero('maxSurge')} && ${isZero('maxUnavailable')})`,
    message: 'maxSurge and maxUnavailable must not both be 0: no pod could ever be replaced; raise one of them',
    fieldPath: '.maxUnavailable',
  },
  ...ROUTING_ONLY.map((member) => ({
    rule: `!has(self.${member}) || has(self.trafficRouting)`,
    message: `${member} works with trafficRouting only; remove it`,
    fieldPath: `.${member}`,
  })),
  {
    rule: '!has(self.dynamicStableScale) || !self.dynamicStableScale || (has(self.trafficRouting) && !has(self.scaleDownDelaySeconds))',
    message: 'dynamicStableScale needs trafficRouting and excludes scaleDownDelaySeconds; remove one of them',
    fieldPath: '.dynamicStableScale',
  },
];

const MANAGED = 'has(self.trafficRouting.managedRoutes) && self.trafficRouting.managedRoutes.exists(r, r.name == ';

/** CEL: the whole of the traffic. */
const MAX_WEIGHT = '(has(self.trafficRouting) && has(self.trafficRouting.maxTrafficWeight) ? self.trafficRouting.maxTrafficWeight : 100)';

const STEP_RULES: readonly CelRule[] = [
  {
    rule: `!${anyStep(`has(s.setWeight) && s.setWeight > ${MAX_WEIGHT}`)}`,
    message: 'steps: setWeight must not exceed trafficRouting.maxTrafficWeight (100 when absent); lower it',
    fieldPath: '.steps',
  },
  {
    rule: `!${anyStep('has(s.setCanaryScale)')} || has(self.trafficRouting)`,
    message: 'steps: setCanaryScale works with trafficRouting only; remove the step',
    fieldPath: '.steps',
  },
  {
    rule: `!${anyStep('has(s.setHeaderRoute)')} || ${hasRouter('istio', 'alb', 'apisix', 'plugins', 'gatewayAPI', 'contour')}`,
    message:
      'steps: setHeaderRoute needs trafficRouting gatewayAPI, istio, contour, alb, apisix or plugins; remove the step or add the router',
    fieldPath: '.steps',
  },
  {
    rule: `!${hasRouter('alb')} || !${anyStep('has(s.setHeaderRoute) && has(s.setHeaderRoute.match) && s.setHeaderRoute.match.exists(m, !has(m.headerValue.exact))')}`,
    message: 'steps: setHeaderRoute with trafficRouting alb matches exact values only; write headerValue.exact',
    fieldPath: '.steps',
  },
  {
    rule: `!${anyStep('has(s.setMirrorRoute)')} || ${hasRouter('istio', 'plugins', 'gatewayAPI')}`,
    message: 'steps: setMirrorRoute needs trafficRouting gatewayAPI, istio or plugins; remove the step or add the router',
    fieldPath: '.steps',
  },
  {
    rule: `!has(self.trafficRouting) || !${anyStep(`has(s.setHeaderRoute) && !(${MANAGED}s.setHeaderRoute.name))`)}`,
    message: 'steps: the name of a setHeaderRoute must stand in trafficRouting.managedRoutes; add it there',
    fieldPath: '.steps',
  },
  {
    rule: `!has(self.trafficRouting) || !${anyStep(`has(s.setMirrorRoute) && !(${MANAGED}s.setMirrorRoute.name))`)}`,
    message: 'steps: the name of a setMirrorRoute must stand in trafficRouting.managedRoutes; add it there',
    fieldPath: '.steps',
  },
  {
    rule: `!${anyStep('has(s.experiment) && s.experiment.templates.exists(t, has(t.weight))')} || ${hasRouter('smi', 'alb', 'istio', 'plugins')}`,
    message: 'steps: a weight in experiment.templates needs trafficRouting smi, alb, istio or plugins; remove the weight',
    fieldPath: '.steps',
  },
];

export const canaryStrategySchema = withRules(
  z.object({
    stableService: nameSchema.optional().describe('Service whose selector follows the stable revision.'),
    canaryService: nameSchema.optional().describe('Service whose selector follows the new revision.'),
    maxSurge: intOrPercentSchema.optional().describe('Pods above replicas during a rollout; 25% when absent, rounded up.'),
    maxUnavailable: intOrPercentSchema.optional().describe('Pods below replicas during a rollout; 25% when absent, rounded down.'),
    analysis: backgroundAnalysisSchema.optional().describe('Judges during the whole rollout, from startingStep on.'),
    steps: z.array(canaryStepSchema).max(100).optional().describe('In order; a rolling update when absent.'),
    trafficRouting: trafficRoutingSchema.optional(),
    scaleDownDelaySeconds: z.int().min(0).optional(),
    scaleDownDelayRevisionLimit: z.int().min(0).optional(),
    /** 0 keeps the canary after an abort. */
    abortScaleDownDelaySeconds: z.int().min(0).optional(),
    dynamicStableScale: z.boolean().optional(),
    pingPong: pingPongSchema.optional(),
    minPodsPerReplicaSet: z.int().min(0).optional(),
    replicaProgressThreshold: replicaProgressThresholdSchema.optional(),
    canaryMetadata: podMetadataSchema.optional(),
    stableMetadata: podMetadataSchema.optional(),
    antiAffinity: antiAffinitySchema.optional(),
  }),
  ...SERVICE_RULES,
  ...SCALE_RULES,
  ...STEP_RULES,
);
