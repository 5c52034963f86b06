import { z } from 'zod';
import { bound, type CelRule, oneOf, withOneMember, withRules } from './cel.ts';
import { nameSchema, podMetadataSchema } from './common-fields.ts';
import { intOrPercentSchema } from './int-or-percent.ts';
import { backgroundAnalysisSchema } from './rollout-analysis.ts';
import { canaryStepSchema } from './rollout-steps.ts';
import { type ROUTERS, trafficRoutingSchema } from './rollout-traffic.ts';

/** Keeps the pods of two revisions off the same node. */
export const antiAffinitySchema = withOneMember(
  z.object({
    preferredDuringSchedulingIgnoredDuringExecution: z.object({ weight: z.int().min(1).max(100) }).optional(),
    requiredDuringSchedulingIgnoredDuringExecution: z.object({}).optional(),
  }),
  'antiAffinity',
  'variant',
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

type Router = (typeof ROUTERS)[number];

/** CEL: whether one of these routers is set; `self` is the strategy. */
function hasRouter(...routers: readonly Router[]): string {
  return `(has(self.trafficRouting) && ${bound('t', 'self.trafficRouting', routers.map((router) => `has(t.${router})`).join(' || '))})`;
}

/** CEL: whether every step `s` is as told. */
function everyStep(condition: string): string {
  return `(!has(self.steps) || self.steps.all(s, ${condition}))`;
}

const HAS_SERVICES = '(has(self.canaryService) && has(self.stableService) || has(self.pingPong))';

const SERVICE_RULES: readonly CelRule[] = [
  {
    rule: "!has(self.canaryService) || self.canaryService != self.?stableService.orValue('')",
    message: 'canaryService must differ from stableService; name two Services',
    fieldPath: '.canaryService',
  },
  {
    rule: `${HAS_SERVICES} || !${hasRouter('gatewayAPI', 'alb', 'smi', 'apisix', 'ambassador', 'nginx', 'appMesh', 'traefik', 'contour')}`,
    message: 'stableService and canaryService are both needed by this traffic router; name two Services',
  },
  {
    rule: `!self.?trafficRouting.?istio.hasValue() || has(self.trafficRouting.istio.destinationRule) || ${HAS_SERVICES}`,
    message:
      'stableService and canaryService are both needed by istio without destinationRule; name two Services, or two subsets of one host',
  },
  {
    rule: `!has(self.pingPong) || ${hasRouter('alb', 'istio', 'plugins')}`,
    message: 'pingPong works with trafficRouting alb, istio or plugins only; remove it or add one of them',
    fieldPath: '.pingPong',
  },
];

const SCALE_RULES: readonly CelRule[] = [
  {
    rule: `!(${isZero('maxSurge')} && ${isZero('maxUnavailable')})`,
    message: 'maxSurge and maxUnavailable must not both be 0: no pod could ever be replaced; raise one of them',
    fieldPath: '.maxUnavailable',
  },
  {
    rule: '!has(self.scaleDownDelaySeconds) || has(self.trafficRouting)',
    message: 'scaleDownDelaySeconds works with trafficRouting only; remove it',
    fieldPath: '.scaleDownDelaySeconds',
  },
  {
    rule: '!self.?dynamicStableScale.orValue(false) || (has(self.trafficRouting) && !has(self.scaleDownDelaySeconds))',
    message: 'dynamicStableScale needs trafficRouting and excludes scaleDownDelaySeconds; remove one of them',
    fieldPath: '.dynamicStableScale',
  },
];

/** CEL: the whole of the traffic. */
const MAX_WEIGHT = 'self.?trafficRouting.?maxTrafficWeight.orValue(100)';

/** The rule that a step which makes a route has a router that can, and names a route that Sluice may make. */
function makesRoute(member: 'setHeaderRoute' | 'setMirrorRoute', ...routers: readonly Router[]): CelRule {
  const listed = `has(self.trafficRouting.managedRoutes) && self.trafficRouting.managedRoutes.exists(r, r.name == s.${member}.name)`;
  return {
    rule: everyStep(`!has(s.${member}) || (${hasRouter(...routers)} && ${listed})`),
    message: `steps: ${member} needs trafficRouting ${oneOf(routers)}, and its name in trafficRouting.managedRoutes; add what is missing, or remove the step`,
    fieldPath: '.steps',
  };
}

const STEP_RULES: readonly CelRule[] = [
  {
    rule: bound('most', MAX_WEIGHT, everyStep('s.?setWeight.orValue(0) <= most')),
    message: 'steps: setWeight must not exceed trafficRouting.maxTrafficWeight (100 when absent); lower it',
    fieldPath: '.steps',
  },
  {
    rule: `has(self.trafficRouting) || ${everyStep('!has(s.setCanaryScale)')}`,
    message: 'steps: setCanaryScale works with trafficRouting only; remove the step',
    fieldPath: '.steps',
  },
  makesRoute('setHeaderRoute', 'gatewayAPI', 'istio', 'contour', 'alb', 'apisix', 'plugins'),
  makesRoute('setMirrorRoute', 'gatewayAPI', 'istio', 'plugins'),
  {
    rule: `!self.?trafficRouting.?alb.hasValue() || ${everyStep('!s.?setHeaderRoute.?match.hasValue() || s.setHeaderRoute.match.all(m, has(m.headerValue.exact))')}`,
    message: 'steps: setHeaderRoute with trafficRouting alb matches exact values only; write headerValue.exact',
    fieldPath: '.steps',
  },
  {
    rule: `${everyStep('!has(s.experiment) || !s.experiment.templates.exists(e, has(e.weight))')} || ${hasRouter('smi', 'alb', 'istio', 'plugins')}`,
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
