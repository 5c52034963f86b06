import { parseDuration } from '../../api/duration.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import type { CanaryStep, CanaryStrategy } from '../../api/rollout.ts';
import { STEP_KINDS, STRING_MATCH_FORMS } from '../../api/rollout-steps.ts';
import { maxTrafficWeight } from '../traffic/max-weight.ts';
import { hasRouter } from './has-router.ts';
import { lintRolloutAnalysis } from './lint-rollout-analysis.ts';
import { problemAt } from './problem-at.ts';

type StringMatch = NonNullable<NonNullable<CanaryStep['setHeaderRoute']>['match']>[number]['headerValue'];

/** The rules of every step, in order. */
export function lintSteps(canary: CanaryStrategy): readonly FieldProblem[] {
  return (canary.steps ?? []).flatMap((step, index) => {
    const at = `spec.strategy.canary.steps[${index}]`;
    return [
      ...lintKind(at, step),
      ...lintWeight(`${at}.setWeight`, step.setWeight, canary),
      ...lintDuration(`${at}.pause.duration`, step.pause?.duration),
      ...lintDuration(`${at}.gate.maxDuration`, step.gate?.maxDuration),
      ...lintDuration(`${at}.experiment.duration`, step.experiment?.duration),
      ...lintRolloutAnalysis(`${at}.analysis`, step.analysis),
      ...lintCanaryScale(at, step, canary),
      ...lintExperiment(at, step, canary),
      ...lintHeaderRoute(at, step, canary),
      ...lintMirrorRoute(at, step, canary),
    ];
  });
}

function lintKind(at: string, step: CanaryStep): readonly FieldProblem[] {
  const kinds = STEP_KINDS.filter((kind) => step[kind] !== undefined);
  if (kinds.length === 1) return [];
  if (kinds.length === 0) return [problemAt(at, step, 'has no known kind', `write exactly one of ${STEP_KINDS.join(', ')}`)];
  return [problemAt(at, step, `has ${kinds.length} kinds: ${kinds.join(', ')}`, 'split it into one step each, in the order that you mean')];
}

function lintWeight(field: string, weight: number | undefined, canary: CanaryStrategy): readonly FieldProblem[] {
  const max = maxTrafficWeight(canary);
  if (weight === undefined || weight <= max) return [];
  return [problemAt(field, weight, `is more than all of the traffic, which is ${max}`, `write an integer from 0 to ${max}`)];
}

function lintDuration(field: string, value: string | number | undefined): readonly FieldProblem[] {
  if (value === undefined || parseDuration(value) !== undefined) return [];
  return [problemAt(field, value, 'is longer than ten years', 'write a duration such as 30s, 5m or 1h30m')];
}

function lintCanaryScale(at: string, step: CanaryStep, canary: CanaryStrategy): readonly FieldProblem[] {
  const scale = step.setCanaryScale;
  if (scale === undefined) return [];
  const members = (['replicas', 'weight', 'matchTrafficWeight'] as const).filter((member) => (scale[member] ?? false) !== false);
  return [
    ...(members.length === 1
      ? []
      : [problemAt(`${at}.setCanaryScale`, scale, 'needs exactly one member', 'set replicas, weight or matchTrafficWeight')]),
    ...(canary.trafficRouting === undefined
      ? [
          problemAt(
            `${at}.setCanaryScale`,
            scale,
            'works with trafficRouting only',
            'remove the step: without a router the weight is the scale',
          ),
        ]
      : []),
  ];
}

function lintExperiment(at: string, step: CanaryStep, canary: CanaryStrategy): readonly FieldProblem[] {
  const routed = hasRouter(canary, 'smi', 'alb', 'istio', 'plugins');
  return (step.experiment?.templates ?? []).flatMap((template, index) =>
    template.weight === undefined || routed
      ? []
      : [
          problemAt(
            `${at}.experiment.templates[${index}].weight`,
            template.weight,
            'needs trafficRouting smi, alb, istio or plugins',
            'remove the weight, or add one of these routers',
          ),
        ],
  );
}

function lintHeaderRoute(at: string, step: CanaryStep, canary: CanaryStrategy): readonly FieldProblem[] {
  const route = step.setHeaderRoute;
  if (route === undefined) return [];
  const field = `${at}.setHeaderRoute`;
  return [
    ...(hasRouter(canary, 'gatewayAPI', 'istio', 'contour', 'alb', 'apisix', 'plugins')
      ? lintManaged(field, route.name, canary)
      : [
          problemAt(
            field,
            route.name,
            'needs trafficRouting gatewayAPI, istio, contour, alb, apisix or plugins',
            'remove the step, or add one of these routers',
          ),
        ]),
    ...(route.match ?? []).flatMap((match, index) => {
      const value = `${field}.match[${index}].headerValue`;
      return hasRouter(canary, 'alb') && match.headerValue.exact === undefined
        ? [problemAt(value, match.headerValue, 'must be exact with trafficRouting alb', 'write headerValue.exact')]
        : lintMatch(value, match.headerValue);
    }),
  ];
}

function lintMirrorRoute(at: string, step: CanaryStep, canary: CanaryStrategy): readonly FieldProblem[] {
  const route = step.setMirrorRoute;
  if (route === undefined) return [];
  const field = `${at}.setMirrorRoute`;
  return [
    ...(hasRouter(canary, 'gatewayAPI', 'istio', 'plugins')
      ? lintManaged(field, route.name, canary)
      : [
          problemAt(field, route.name, 'needs trafficRouting gatewayAPI, istio or plugins', 'remove the step, or add one of these routers'),
        ]),
    ...(route.match ?? []).flatMap((match, index) => [
      ...lintMatch(`${field}.match[${index}].method`, match.method),
      ...lintMatch(`${field}.match[${index}].path`, match.path),
      ...Object.entries(match.headers ?? {}).flatMap(([name, value]) => lintMatch(`${field}.match[${index}].headers[${name}]`, value)),
    ]),
  ];
}

function lintManaged(field: string, name: string, canary: CanaryStrategy): readonly FieldProblem[] {
  if ((canary.trafficRouting?.managedRoutes ?? []).some((route) => route.name === name)) return [];
  return [problemAt(`${field}.name`, name, 'is not one of trafficRouting.managedRoutes', `add {name: ${name}} to managedRoutes`)];
}

function lintMatch(field: string, match: StringMatch | undefined): readonly FieldProblem[] {
  if (match === undefined || STRING_MATCH_FORMS.filter((form) => match[form] !== undefined).length === 1) return [];
  return [problemAt(field, match, 'needs exactly one form', 'set exact, prefix or regex')];
}
