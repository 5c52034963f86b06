import type { FieldProblem, ParseResult } from '../../api/field-problem.ts';
import type { KubeObject } from '../../api/metadata.ts';
import {
  parseAnalysisRun,
  parseAnalysisTemplate,
  parseClusterAnalysisTemplate,
  parseExperiment,
  parseGitSync,
  parseGitTarget,
  parseMetricProvider,
  parseRollout,
} from '../../api/parse.ts';
import { unknownFields } from '../../api/unknown-fields.ts';
import { lintAnalysis } from './lint-analysis.ts';
import { lintExperiment } from './lint-experiment.ts';
import { lintMetricProvider } from './lint-metric-provider.ts';
import { lintGitSync, lintGitTarget, unsupportedInGitTarget } from './lint-repository.ts';
import { lintRollout } from './lint-rollout.ts';
import { problemAt } from './problem-at.ts';
import { isAboutLost, readablePart } from './readable-part.ts';
import { unsupportedFields } from './unsupported-fields.ts';

/** Everything that one object of our kinds says wrongly by itself, and what is not done yet. */
export interface ObjectLint {
  readonly problems: readonly FieldProblem[];
  readonly unsupported: readonly FieldProblem[];
}

type Rules = (raw: KubeObject) => ObjectLint;

function rules<T>(parse: (raw: KubeObject) => ParseResult<T>, lint: (value: T) => Partial<ObjectLint>): Rules {
  return (raw) => {
    const parsed = parse(raw);
    const readable = readablePart(raw, parse);
    const found: ObjectLint = { problems: [], unsupported: [], ...(readable === undefined ? {} : lint(readable.value)) };
    if (parsed.ok) return found;
    const news = found.problems.filter((problem) => !isAboutLost(problem.field, readable?.lost ?? []));
    return { problems: [...parsed.problems, ...news], unsupported: found.unsupported };
  };
}

const RULES: ReadonlyMap<string, Rules> = new Map([
  ['Rollout', rules(parseRollout, (rollout) => ({ problems: lintRollout(rollout), unsupported: unsupportedFields(rollout) }))],
  ['AnalysisTemplate', rules(parseAnalysisTemplate, (template) => lintAnalysis(template.spec, { resolved: false }))],
  ['ClusterAnalysisTemplate', rules(parseClusterAnalysisTemplate, (template) => lintAnalysis(template.spec, { resolved: false }))],
  ['AnalysisRun', rules(parseAnalysisRun, (run) => lintAnalysis(run.spec, { resolved: true }))],
  [
    'Experiment',
    rules(parseExperiment, (experiment) => ({
      problems: lintExperiment(experiment),
      unsupported: [problemAt('kind', 'Experiment', 'Unsupported: this version does not run experiments yet', 'remove the object')],
    })),
  ],
  ['MetricProvider', rules(parseMetricProvider, lintMetricProvider)],
  ['GitTarget', rules(parseGitTarget, (target) => ({ problems: lintGitTarget(target), unsupported: unsupportedInGitTarget(target) }))],
  ['GitSync', rules(parseGitSync, (sync) => ({ problems: lintGitSync(sync) }))],
]);

/** Lints one object of our kinds, unknown fields included; undefined for a kind that is not ours. */
export function lintObject(raw: KubeObject): ObjectLint | undefined {
  const found = RULES.get(raw.kind)?.(raw);
  return found === undefined ? undefined : { ...found, problems: [...unknownFields(raw), ...found.problems] };
}
