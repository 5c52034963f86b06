import type { GitTarget } from '../../api/git-target.ts';
import { formatInstant, type Instant, instant, parseInstant } from '../../api/time.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const RECORDS = 100;

type RestoreRecord = NonNullable<NonNullable<GitTarget['status']>['restores']>[number];

/** When the next restore commit may be made; undefined when now. An intent that is on the record already has its place. */
export function budgetFreeAt(target: GitTarget, rollout: string, id: string, now: Instant): Instant | undefined {
  const records = (target.status?.restores ?? []).filter((record) => record.id !== id);
  const budget = target.spec.budget;
  const times = (kept: readonly RestoreRecord[], span: number): readonly number[] =>
    kept
      .map((record) => parseInstant(record.at) ?? 0)
      .filter((at) => at > now - span)
      .toSorted((a, b) => a - b);
  const free = (recent: readonly number[], limit: number, span: number): number | undefined =>
    recent.length < limit ? undefined : (recent[recent.length - limit] ?? now) + span;
  const perHour = free(times(records, HOUR), budget?.perHour ?? 10, HOUR);
  const perDay = free(
    times(
      records.filter((record) => record.rollout === rollout),
      DAY,
    ),
    budget?.perRolloutPerDay ?? 3,
    DAY,
  );
  const latest = Math.max(perHour ?? 0, perDay ?? 0);
  return latest === 0 ? undefined : instant(latest);
}

/** The record with this restore on it, once; old entries are dropped. */
export function recordRestore(target: GitTarget, rollout: string, id: string, now: Instant): readonly RestoreRecord[] {
  const records = target.status?.restores ?? [];
  if (records.some((record) => record.id === id)) return records;
  const recent = records.filter((record) => (parseInstant(record.at) ?? 0) > now - DAY);
  return [...recent, { rollout, id, at: formatInstant(now) }].slice(-RECORDS);
}
