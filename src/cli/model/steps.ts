import { clean } from '../render/escape.ts';
import { recordAt } from './fields.ts';
import type { RolloutView } from './rollout-view.ts';

/** One step in words: `set weight 25`, `pause 5m`, `gate, at most 20m`. A kind that this version does not know is shown by its name. */
export function describeStep(step: Readonly<Record<string, unknown>>): string {
  if (typeof step['setWeight'] === 'number') return `set weight ${step['setWeight']}`;
  if ('pause' in step) {
    const duration = recordAt(step, 'pause')['duration'];
    return duration === undefined ? 'pause until promoted' : `pause ${words(duration)}`;
  }
  if ('gate' in step) {
    const longest = recordAt(step, 'gate')['maxDuration'];
    return longest === undefined ? 'gate' : `gate, at most ${words(longest)}`;
  }
  if ('analysis' in step) {
    const templates = recordAt(step, 'analysis')['templates'];
    const names = Array.isArray(templates) ? templates.map((template) => words(recordAt(template)['templateName'])) : [];
    return `analysis ${names.join(', ')}`.trim();
  }
  if ('setCanaryScale' in step) {
    const { replicas, weight } = recordAt(step, 'setCanaryScale');
    const size = typeof replicas === 'number' ? `${replicas} pods` : typeof weight === 'number' ? `${weight} %` : 'as the weight';
    return `set canary scale ${size}`;
  }
  if ('setHeaderRoute' in step) return routeText('header', recordAt(step, 'setHeaderRoute'));
  if ('setMirrorRoute' in step) return routeText('mirror', recordAt(step, 'setMirrorRoute'));
  return clean(Object.keys(step).join(', '), 80) || 'empty step';
}

/** Without a match the step takes the route away. */
function routeText(kind: string, route: Readonly<Record<string, unknown>>): string {
  return `${route['match'] === undefined ? 'remove' : 'set'} ${kind} route ${words(route['name'])}`;
}

function words(value: unknown): string {
  if (typeof value === 'number') return `${value}s`;
  return typeof value === 'string' ? clean(/^[0-9]+$/.test(value) ? `${value}s` : value, 80) : '?';
}

/** Index of the step that runs now; the number of steps once all are done. Undefined when there are none. */
export function currentStep(view: RolloutView): number | undefined {
  if (view.steps.length === 0) return undefined;
  return Math.min(view.status.currentStepIndex ?? 0, view.steps.length);
}

/** The canary's weight that the last setWeight up to the current step asks for; 100 when all steps are done, 0 when no revision is under test. Undefined without steps. */
export function desiredWeight(view: RolloutView): number | undefined {
  const current = currentStep(view);
  if (current === undefined) return undefined;
  const { abort, stableRS, currentPodHash } = view.status;
  if (abort === true || stableRS === undefined || stableRS === currentPodHash) return 0;
  if (view.status.promoteFull === true || current >= view.steps.length) return 100;
  const weights = view.steps.slice(0, current + 1).map((step) => step['setWeight']);
  return weights.findLast((weight) => typeof weight === 'number') ?? 0;
}
