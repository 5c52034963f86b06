import { ANALYSIS_RUN } from '../../api/kinds.ts';
import { type CheckContext, type Finding, type Invariant, type Step, stateless } from './invariant.ts';
import { rolloutWriteOf } from './rollout-write.ts';
import { hashOf, runsOf } from './world-view.ts';

const TRAILER = /^Sluice-Revert-Id: *(\S+) *$/gm;
/** States in which the remote is said to hold the restore commit. */
const HELD = new Set(['Pushed', 'Applied']);

/** S8: only a breach leads to Git. */
export const RESTORE_NEEDS_A_BREACH = stateless('S8', 'a rollback is intended only when an AnalysisRun of this revision Failed', (step) => {
  const write = rolloutWriteOf(step);
  const rollback = write?.after.status.rollback;
  if (write === undefined || rollback === undefined || write.before.status.rollback?.id === rollback.id) return [];
  const { namespace } = write.after.metadata;
  const runs = runsOf(step.before, namespace, rollback.podTemplateHash);
  const named = rollback.analysisRun === undefined ? undefined : step.before.object(ANALYSIS_RUN, `${namespace}/${rollback.analysisRun}`);
  const failed = runs.filter((entry) => entry.phase === 'Failed');
  const finding = (message: string): readonly Finding[] => [{ object: write.object, message }];
  if (failed.length === 0) {
    const seen = runs.map((entry) => `${entry.run.metadata.name} ${entry.phase}`).join(', ');
    return finding(
      `rollback ${rollback.id} of ${rollback.podTemplateHash} is intended, but no run of it Failed (${seen || 'no run at all'})`,
    );
  }
  if (rollback.analysisRun !== undefined && (named === undefined || !failed.some((entry) => entry.run === named))) {
    return finding(
      `rollback ${rollback.id} names ${rollback.analysisRun}, which is not a Failed run of ${rollback.podTemplateHash} but of ${named === undefined ? 'nothing' : hashOf(named)}`,
    );
  }
  return [];
});

/** How often each restore id stands in the commits' trailers. */
export function restoreCounts(commits: readonly { readonly message: string }[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const commit of commits) {
    for (const [, id = ''] of commit.message.matchAll(TRAILER)) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

function check(step: Step, context: CheckContext): readonly Finding[] {
  const write = rolloutWriteOf(step);
  const rollback = write?.after.status.rollback;
  if (write === undefined || rollback === undefined) return [];
  if (JSON.stringify(rollback) === JSON.stringify(write.before.status.rollback)) return [];
  const counts = restoreCounts(context.commits());
  const findings = [...counts]
    .filter(([, count]) => count > 1)
    .map(([id, count]) => ({ object: write.object, message: `${count} restore commits carry the id ${id}` }));
  if (HELD.has(rollback.state) && (counts.get(rollback.id) ?? 0) === 0) {
    findings.push({ object: write.object, message: `rollback ${rollback.id} is ${rollback.state}, but no commit carries its id` });
  }
  return findings;
}

/** S9: one restore commit each. Needs `commits`. */
export const ONE_RESTORE_COMMIT: Invariant = {
  id: 'S9',
  says: 'there is at most one restore commit for each rollback id, and exactly one once it is said to be pushed',
  create: (context) => (step) => check(step, context),
};
