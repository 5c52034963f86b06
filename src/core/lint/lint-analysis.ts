import type { AnalysisRun, AnalysisTemplateSpec } from '../../api/analysis.ts';
import { PROVIDERS } from '../../api/analysis-provider.ts';
import { parseDuration } from '../../api/duration.ts';
import type { FieldProblem } from '../../api/field-problem.ts';
import { type AnalysisCheck, type AnalysisReading, readAnalysis } from '../analysis/check-analysis.ts';
import { problemAt } from './problem-at.ts';

type Spec = AnalysisTemplateSpec | AnalysisRun['spec'];

/** What is wrong with, and what is not done yet of, a template (arguments may be open) or a run (`resolved`: every argument needs a value). */
export function lintAnalysis(spec: Spec, reading: AnalysisReading): AnalysisCheck {
  const check = readAnalysis(spec, reading);
  return {
    problems: [...lintArgs(spec), ...lintProviders(spec), ...lintSlos(spec), ...check.problems],
    // A metric without any provider is a problem already, and none that a later version will do.
    unsupported: check.unsupported.filter((problem) => !problem.field.endsWith('.provider.none')),
  };
}

function lintArgs(spec: Spec): readonly FieldProblem[] {
  return (spec.args ?? []).flatMap((arg, index) =>
    arg.value !== undefined && arg.valueFrom !== undefined
      ? [problemAt(`spec.args[${index}]`, arg.name, 'has value and valueFrom', 'keep value')]
      : [],
  );
}

function lintProviders(spec: Spec): readonly FieldProblem[] {
  return (spec.metrics ?? []).flatMap((metric, index) => {
    const set = PROVIDERS.filter((provider) => metric.provider[provider] !== undefined);
    if (set.length === 1) return [];
    const found = set.length === 0 ? 'names no provider' : `names ${set.length} providers: ${set.join(', ')}`;
    return [problemAt(`spec.metrics[${index}].provider`, undefined, found, 'set exactly one, such as prometheus with a query')];
  });
}

function lintSlos(spec: Spec): readonly FieldProblem[] {
  const slos = spec.slos ?? [];
  return slos.flatMap((slo, index) => {
    const at = `spec.slos[${index}]`;
    return [
      ...((slo.sli.events === undefined) === (slo.sli.latency === undefined)
        ? [problemAt(`${at}.sli`, slo.sli, 'needs exactly one indicator', 'set events or latency')]
        : []),
      ...(slos.findIndex((other) => other.name === slo.name) < index
        ? [problemAt(`${at}.name`, slo.name, 'is given twice', 'rename one')]
        : []),
      ...(slo.window !== undefined && parseDuration(slo.window) === undefined
        ? [problemAt(`${at}.window`, slo.window, 'is longer than ten years', 'write a duration such as 30d')]
        : []),
    ];
  });
}
