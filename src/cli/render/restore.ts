import type { RollbackStatus } from '../../api/rollout-status.ts';
import { type Instant, millis, parseInstant } from '../../api/time.ts';
import type { RolloutView } from '../model/rollout-view.ts';
import { formatDuration } from './age.ts';
import type { Paint, Tone } from './color.ts';
import { clean } from './escape.ts';
import { field, shortCommit } from './header.ts';

const MEANING: Readonly<Record<RollbackStatus['state'], { readonly tone: Tone; readonly text: string }>> = {
  Intent: { tone: 'busy', text: 'about to be written' },
  Pushed: { tone: 'busy', text: 'the remote has it; the reconciler has not applied it yet' },
  Applied: { tone: 'good', text: 'the reconciler applied it: Git and cluster agree' },
  AlreadyReverted: { tone: 'good', text: 'somebody had reverted the change already; nothing was written' },
  Superseded: { tone: 'good', text: 'the branch has a newer change of these files; nothing was written' },
  Blocked: { tone: 'bad', text: 'not written: a person has to act' },
};

/** The restore commit: what became of it, what it undoes, and where to find it. Empty when there is none. */
export function renderRestore(view: RolloutView, now: Instant, paint: Paint): string[] {
  const rollback = view.status.rollback;
  if (rollback === undefined) return [];
  const meaning = MEANING[rollback.state];
  const optional = (label: string, text: string | undefined): string[] =>
    text === undefined || text === '' ? [] : field(label, [clean(text)], paint);
  const lines = [
    ...field('State', [`${paint(meaning.tone, rollback.state)}: ${meaning.text}`], paint),
    ...optional('Reason', [rollback.reason, rollback.message].filter((text) => text !== undefined && text !== '').join(': ')),
    ...optional('Commit', commitLine(rollback)),
    ...optional('Takes out', takesOut(rollback)),
    ...optional('Cause', rollback.cause),
    ...optional('Evidence', rollback.analysisRun === undefined ? undefined : `AnalysisRun ${rollback.analysisRun}`),
    ...field(
      'Files',
      (rollback.files ?? []).map((file) => clean(file, 200)),
      paint,
    ),
    ...optional('Next try', nextTry(rollback, now)),
  ];
  return [paint('strong', 'Restore commit'), ...lines.map((line) => `  ${line}`)];
}

function commitLine(rollback: RollbackStatus): string | undefined {
  if (rollback.commit === undefined) return undefined;
  const place = [rollback.branch, rollback.repository].filter((part) => part !== undefined);
  return [shortCommit(rollback.commit), ...(place.length === 0 ? [] : [`on ${place.join(' of ')}`])].join(' ');
}

function takesOut(rollback: RollbackStatus): string {
  const commit = rollback.revertedCommit ?? rollback.badCommit;
  const bad = commit === undefined ? '' : `, commit ${shortCommit(commit)}`;
  const good = rollback.goodCommit === undefined ? '' : `; back to ${shortCommit(rollback.goodCommit)}`;
  return `revision ${rollback.revision} (${rollback.podTemplateHash})${bad}${good}`;
}

function nextTry(rollback: RollbackStatus, now: Instant): string | undefined {
  const at = parseInstant(rollback.nextTryAt);
  if (at === undefined) return undefined;
  const attempts = rollback.attempts === undefined ? '' : ` (${rollback.attempts} so far)`;
  return at <= now ? `due${attempts}` : `in ${formatDuration(millis(at - now))}${attempts}`;
}
