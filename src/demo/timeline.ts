import type { AnalysisRun, MetricResult } from '../api/analysis.ts';
import type { GitSync } from '../api/git-sync.ts';
import type { KubeObject } from '../api/metadata.ts';
import { parseAnalysisRun, parseGitSync, parseRollout } from '../api/parse.ts';
import type { Rollout } from '../api/rollout.ts';
import type { RolloutStatus } from '../api/rollout-status.ts';

/** One line of the story: who did it, and what. */
export interface StoryLine {
  readonly who: 'gitsync' | 'rollout' | 'analysis' | 'restore';
  readonly text: string;
}

/** What a change of an object tells people; nothing for changes that are only bookkeeping. */
export function tellChange(before: KubeObject | undefined, after: KubeObject | undefined): readonly StoryLine[] {
  if (after === undefined) return [];
  switch (after.kind) {
    case 'Rollout':
      return tellParsed(parseRollout, before, after, tellRollout);
    case 'AnalysisRun':
      return tellParsed(parseAnalysisRun, before, after, tellRun);
    case 'GitSync':
      return tellParsed(parseGitSync, before, after, tellSync);
    default:
      return [];
  }
}

function tellParsed<T>(
  parse: (raw: KubeObject) => { readonly ok: true; readonly value: T } | { readonly ok: false },
  before: KubeObject | undefined,
  after: KubeObject,
  tell: (before: T | undefined, after: T) => readonly StoryLine[],
): readonly StoryLine[] {
  const parsed = parse(after);
  const previous = before === undefined ? undefined : parse(before);
  return parsed.ok ? tell(previous?.ok === true ? previous.value : undefined, parsed.value) : [];
}

function tellSync(before: GitSync | undefined, after: GitSync): readonly StoryLine[] {
  const revision = after.status?.lastAppliedRevision;
  const refused = refusalOf(after);
  if (refused !== undefined && refused !== refusalOf(before)) return [{ who: 'gitsync', text: refused }];
  if (revision === undefined || revision === before?.status?.lastAppliedRevision) return [];
  return [
    { who: 'gitsync', text: `applied commit ${revision.slice(0, 7)}: ${after.status?.inventory?.length ?? 0} objects are as Git says` },
  ];
}

function refusalOf(sync: GitSync | undefined): string | undefined {
  return sync?.status?.conditions?.find((condition) => condition.type === 'Ready' && condition.status === 'False')?.message;
}

function tellRun(before: AnalysisRun | undefined, after: AnalysisRun): readonly StoryLine[] {
  const measured = (after.status?.metricResults ?? []).flatMap((result) => tellMeasurements(before, after, result));
  return [...measured, ...tellVerdict(before?.status?.phase, after.status?.phase)];
}

function tellMeasurements(before: AnalysisRun | undefined, after: AnalysisRun, result: MetricResult): readonly StoryLine[] {
  const known = before?.status?.metricResults?.find((other) => other.name === result.name)?.measurements?.length ?? 0;
  const planned = after.spec.metrics?.find((metric) => metric.name === result.name)?.count;
  return (result.measurements ?? []).slice(known).map(({ value, phase }, index) => {
    const number = known + index + 1;
    const place = planned === undefined ? `number ${number}` : `${number} of ${planned}`;
    return { who: 'analysis', text: `${result.name} = ${shown(value)} (${judgedWord(phase)}, ${place})` };
  });
}

function tellVerdict(old: string | undefined, now: string | undefined): readonly StoryLine[] {
  if (now === old || now === undefined || now === 'Running' || now === 'Pending') return [];
  const verdict = now === 'Successful' ? 'Pass' : now === 'Failed' ? 'Breach' : 'Unknown';
  return [{ who: 'analysis', text: `verdict ${verdict}` }];
}

function judgedWord(phase: string): string {
  return phase === 'Successful' ? 'good' : phase === 'Failed' ? 'BAD' : phase.toLowerCase();
}

/** `[0.9655172]` as `0.966` and `[1]` as `1.000`; no data as such. */
function shown(value: string | undefined): string {
  if (value === undefined || value === '') return 'no data yet';
  return value.replace(/^\[([^\s[\]]*)\]$/, '$1').replaceAll(/\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi, (number) => Number(number).toFixed(3));
}

function tellRollout(before: Rollout | undefined, after: Rollout): readonly StoryLine[] {
  const [old, now] = [before?.status, after.status];
  if (now === undefined) return [];
  return [
    ...tellRevision(old, now),
    ...tellWeight(old, now),
    ...tellStep(old, now, after),
    ...tellPhase(old, now),
    ...tellRestore(old, now),
  ];
}

function tellRevision(old: RolloutStatus | undefined, now: RolloutStatus): readonly StoryLine[] {
  if (now.currentPodHash === old?.currentPodHash || now.currentPodHash === undefined) return [];
  if (now.stableRS === undefined)
    return [{ who: 'rollout', text: `revision ${now.revision} (${now.currentPodHash}) is the first: deployed at once` }];
  if (now.stableRS === now.currentPodHash)
    return [{ who: 'rollout', text: `revision ${now.revision} (${now.currentPodHash}) is stable again` }];
  return [{ who: 'rollout', text: `revision ${now.revision} (${now.currentPodHash}) is the canary; stable is ${now.stableRS}` }];
}

function tellWeight(old: RolloutStatus | undefined, now: RolloutStatus): readonly StoryLine[] {
  const weights = now.canary?.weights;
  if (weights === undefined || now.stableRS === undefined || weights.canary.weight === old?.canary?.weights?.canary.weight) return [];
  return [{ who: 'rollout', text: `weight: canary ${weights.canary.weight} %, stable ${weights.stable.weight} %` }];
}

function tellStep(old: RolloutStatus | undefined, now: RolloutStatus, rollout: Rollout): readonly StoryLine[] {
  const steps = rollout.spec.strategy.canary?.steps ?? [];
  const index = now.currentStepIndex;
  const step = index === undefined ? undefined : steps[index];
  const isNew = index !== old?.currentStepIndex || now.currentPodHash !== old?.currentPodHash;
  if (index === undefined || step === undefined || !isNew || now.abort === true || now.stableRS === now.currentPodHash) return [];
  return [{ who: 'rollout', text: `step ${index + 1} of ${steps.length}: ${Object.entries(step).map(stepText).join(' ')}` }];
}

function stepText([name, value]: [string, unknown]): string {
  return typeof value === 'string' || typeof value === 'number' ? `${name} ${value}` : name;
}

function tellPhase(old: RolloutStatus | undefined, now: RolloutStatus): readonly StoryLine[] {
  // A healthy Rollout has something new to say when its restore is known to be applied, which may be later than the health itself.
  // What comes with a changed ConfigMap is a moment away, and is the news then.
  if (now.config?.pendingSince !== undefined) return [];
  const before = old?.config?.pendingSince === undefined ? old?.phase : undefined;
  const news = now.phase !== before || (now.phase === 'Healthy' && now.message !== old?.message);
  if (!news || now.phase === undefined) return [];
  if (now.phase === 'Progressing' && old === undefined) return [];
  return [{ who: 'rollout', text: `${now.phase}${now.message === undefined || now.message === '' ? '' : `: ${now.message}`}` }];
}

function tellRestore(old: RolloutStatus | undefined, now: RolloutStatus): readonly StoryLine[] {
  const rollback = now.rollback;
  if (rollback === undefined || rollback.state === old?.rollback?.state) return [];
  switch (rollback.state) {
    case 'Intent':
      return [
        {
          who: 'restore',
          text: `restoring the files of this Rollout to ${rollback.goodCommit?.slice(0, 7)}, the last good commit`,
        },
      ];
    case 'Pushed':
      return [{ who: 'restore', text: `pushed restore commit ${rollback.commit?.slice(0, 7)} (${rollback.files?.join(', ') ?? ''})` }];
    case 'Applied':
      return [{ who: 'restore', text: 'applied: Git and the cluster agree again' }];
    case 'AlreadyReverted':
    case 'Superseded':
    case 'Blocked':
      return [{ who: 'restore', text: `${rollback.state}: ${rollback.message ?? rollback.reason ?? ''}` }];
  }
}
