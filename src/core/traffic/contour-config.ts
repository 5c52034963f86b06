import { CONTOUR_PLUGIN, type ContourRouting, contourPluginSchema } from '../../api/contour-routing.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import type { Rollout } from '../../api/rollout.ts';
import { zodProblem } from '../../api/zod-problem.ts';
import { problemAt } from '../lint/problem-at.ts';
import { foreignNamespace } from './foreign-namespace.ts';

export interface ReadContour {
  readonly config: ContourRouting;
  /** Everything wrong with it, fields by their full path. */
  readonly problems: readonly FieldProblem[];
}

const AT = 'spec.strategy.canary.trafficRouting';
const PLUGIN_AT = `${AT}.plugins[${CONTOUR_PLUGIN}]`;

/**
 * The one place that reads both forms: `trafficRouting.contour`, and `trafficRouting.plugins["argoproj-labs/contour"]` of manifests that come from Argo
 * Rollouts. Undefined when the strategy uses neither.
 */
export function readContour(rollout: Rollout): ReadContour | undefined {
  const routing = rollout.spec.strategy.canary?.trafficRouting;
  const plugin = routing?.plugins?.[CONTOUR_PLUGIN];
  if (plugin === undefined) {
    if (routing?.contour === undefined) return undefined;
    const config = routing.contour;
    return { config, problems: namedTwice(config, `${AT}.contour`) };
  }
  const read = readPlugin(rollout, plugin);
  if (routing?.contour === undefined) return read;
  const twice = problemAt(PLUGIN_AT, undefined, 'stands beside contour: two sources for one router', 'keep one of them');
  return { ...read, problems: [twice, ...read.problems] };
}

function readPlugin(rollout: Rollout, plugin: unknown): ReadContour {
  const parsed = contourPluginSchema.safeParse(plugin, { reportInput: true });
  if (!parsed.success) {
    const problems = parsed.error.issues.map(zodProblem);
    const placed = problems.map((one) => ({ ...one, field: one.field === '' ? PLUGIN_AT : `${PLUGIN_AT}.${one.field}` }));
    return { config: { httpProxies: [] }, problems: placed };
  }
  const config = { httpProxies: parsed.data.httpProxies };
  return {
    config,
    problems: [
      ...foreignNamespace(rollout, PLUGIN_AT, parsed.data.namespace, { one: 'HTTPProxy', many: 'HTTPProxies' }),
      ...namedTwice(config, PLUGIN_AT),
    ],
  };
}

function namedTwice({ httpProxies }: ContourRouting, at: string): readonly FieldProblem[] {
  return httpProxies.flatMap((name, index) =>
    httpProxies.indexOf(name) === index ? [] : [problemAt(`${at}.httpProxies[${index}]`, name, 'is named twice', 'remove the second one')],
  );
}
