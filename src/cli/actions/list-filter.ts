import { ANALYSIS_PHASES } from '../../api/analysis-status.ts';
import { didYouMean } from '../../api/did-you-mean.ts';
import { ROLLOUT_LABEL, TEMPLATES } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { PHASES } from '../../api/rollout-status.ts';
import { parseTemplateNames } from '../../core/analysis/template-set.ts';
import { labelValue } from '../../core/identity/names.ts';
import { wrongUsage } from '../cli-error.ts';
import { toRolloutView } from '../model/rollout-view.ts';
import { toRunView } from '../model/run-view.ts';
import { effectivePhase } from '../render/status-line.ts';
import { type KindWord, requireName } from '../target.ts';

/** The flags that say which objects of a list are meant. */
export interface ListFilter {
  readonly name?: string | undefined;
  readonly phase?: string | undefined;
  /** Of analysis runs. */
  readonly rollout?: string | undefined;
  readonly template?: string | undefined;
}

/** Whether an object is among those that the flags ask for; a flag that cannot select anything is wrong usage. */
export function filterOf(kind: KindWord, flags: ListFilter): (object: KubeObject) => boolean {
  const { name, rollout, template } = flags;
  if (kind === 'rollout' && (rollout !== undefined || template !== undefined))
    throw wrongUsage(`${rollout === undefined ? '--template' : '--rollout'} selects analysis runs`, 'list analysisruns, or leave it out');
  for (const one of [name, rollout, template]) if (one !== undefined) requireName(one);
  const phase = phaseOf(kind, flags.phase);
  return (object) =>
    (name === undefined || object.metadata.name === name) &&
    (phase === undefined || isIn(kind, object, phase)) &&
    (rollout === undefined || object.metadata.labels?.[ROLLOUT_LABEL] === labelValue(rollout)) &&
    (template === undefined || parseTemplateNames(object.metadata.annotations?.[TEMPLATES] ?? '').includes(template));
}

function phaseOf(kind: KindWord, word: string | undefined): string | undefined {
  if (word === undefined) return undefined;
  const phases: readonly string[] = kind === 'rollout' ? PHASES : ANALYSIS_PHASES;
  const found = phases.find((phase) => phase.toLowerCase() === word.toLowerCase());
  if (found !== undefined) return found;
  const guess = didYouMean(word, phases);
  throw wrongUsage(`unknown phase "${word}"`, guess === undefined ? `use one of ${phases.join(', ')}` : `did you mean ${guess}?`);
}

function isIn(kind: KindWord, object: KubeObject, phase: string): boolean {
  if (kind === 'analysisrun') return toRunView(object).phase === phase;
  return effectivePhase(toRolloutView({ rollout: object, replicaSets: [], runs: [], pods: [] })) === phase;
}
