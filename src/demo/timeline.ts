import type { AnalysisRun } from '../api/analysis.ts';
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
  const lines: StoryLine[] = [];
  for (const result of after.status?.metricResults ?? []) {
    const known = before?.status?.metricResults?.find((other) => other.name === result.name)?.measurements?.length ?? 0;
    for (const measurement of (result.measurements ?? []).slice(known)) {
      const judged = measurement.phase === 'Successful' ? 'good' : measurement.phase === 'Failed' ? 'BAD' : measurement.phase.toLowerCase();
      lines.push({ who: 'analysis', text: `${result.name} = ${shown(measurement.value)} (${judged})` });
    }
  }
  const phase = after.status?.phase;
  if (phase !== before?.status?.phase && phase !== undefined && phase !== 'Running' && phase !== 'Pending') {
    const verdict = phase === 'Successful' ? 'Pass' : phase === 'Failed' ? 'Breach' : 'Unknown';
    lines.push({ who: 'analysis', text: `verdict ${verdict}` });
  }
  return lines;
}

/** `[0.9655172]` as `0.966`; no data as such. */
function shown(value: string | undefined): string {
  if (value === undefined) return 'no data yet';
  return value.replaceAll(/\d+\.\d+/g, (number) => Number(number).toFixed(3));
}

function tellRollout(before: Rollout | undefined, after: Rollout): readonly StoryLine[] {
  const [old, now] = [before?.status, after.status];
  if (now === undefined) return [];
  return [...tellRevision(old, now), ...tellStep(old, now, after), ...tellPhase(old, now), ...tellRestore(old, now)];
}

function tellRevision(old: RolloutStatus | undefined, now: RolloutStatus): readonly StoryLine[] {
  if (now.currentPodHash === old?.currentPodHash || now.currentPodHash === undefined) return [];
  if (now.stableRS === undefined)
    return [{ who: 'rollout', text: `revision ${now.revision} (${now.currentPodHash}) is the first: deployed at once` }];
  if (now.stableRS === now.currentPodHash)
    return [{ who: 'rollout', text: `revision ${now.revision} (${now.currentPodHash}) is stable again` }];
  return [{ who: 'rollout', text: `revision ${now.revision} (${now.currentPodHash}) is the canary; stable is ${now.stableRS}` }];
}

function tellStep(old: RolloutStatus | undefined, now: RolloutStatus, rollout: Rollout): readonly StoryLine[] {
  const steps = rollout.spec.strategy.canary?.steps ?? [];
  const lines: StoryLine[] = [];
  const weight = now.canary?.weights?.canary.weight;
  const changedWeight = weight !== undefined && weight !== old?.canary?.weights?.canary.weight;
  if (changedWeight && now.stableRS !== undefined) {
    lines.push({ who: 'rollout', text: `weight: canary ${weight} %, stable ${now.canary?.weights?.stable.weight} %` });
  }
  const index = now.currentStepIndex;
  const isNew = index !== old?.currentStepIndex || now.currentPodHash !== old?.currentPodHash;
  if (isNew && index !== undefined && index < steps.length && now.abort !== true && now.stableRS !== now.currentPodHash) {
    lines.push({
      who: 'rollout',
      text: `step ${index + 1} of ${steps.length}: ${Object.entries(steps[index] ?? {})
        .map(stepText)
        .join(' ')}`,
    });
  }
  return lines;
}

function stepText([name, value]: [string, unknown]): string {
  return typeof value === 'object' ? name : `${name} ${String(value)}`;
}

function tellPhase(old: RolloutStatus | undefined, now: RolloutStatus): readonly StoryLine[] {
  if (now.phase === old?.phase || now.phase === undefined) return [];
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
          text: `will take commit ${rollback.badCommit?.slice(0, 7)} out of Git: back to ${rollback.goodCommit?.slice(0, 7)} for this Rollout and its ConfigMaps`,
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
