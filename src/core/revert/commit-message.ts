import type { RollbackStatus } from '../../api/rollout-status.ts';
import type { LogEntry } from '../../ports/repository.ts';
import { escapeText } from './escape-text.ts';

export const REVERT_ID_TRAILER = 'Sluice-Revert-Id';

const SUBJECT_LIMIT = 100;
const CAUSE_LIMIT = 1000;
const FILES_SHOWN = 20;

export interface MessageFacts {
  readonly rollout: { readonly namespace: string; readonly name: string };
  readonly intent: RollbackStatus;
  readonly goodCommit: string;
  /** The commit that brought the bad change. */
  readonly bad: LogEntry;
  /** The result is what `git revert` of `bad` alone gives. */
  readonly plainRevert: boolean;
  readonly files: readonly string[];
  /** Secrets that changed too and were left as they are. */
  readonly secretsLeft: readonly string[];
}

function short(oid: string): string {
  return oid.slice(0, 12);
}

function fileLines(files: readonly string[]): readonly string[] {
  const shown = files.slice(0, FILES_SHOWN).map((file) => `- ${escapeText(file, 200)}`);
  return files.length > FILES_SHOWN ? [...shown, `- and ${files.length - FILES_SHOWN} more`] : shown;
}

/** The message of a restore commit: a fixed template, every foreign text as one escaped line, the trailers last. */
export function commitMessage(facts: MessageFacts): string {
  const { intent, bad, rollout } = facts;
  const who = `${rollout.namespace}/${rollout.name}`;
  const subject = facts.plainRevert
    ? `Revert "${escapeText(bad.subject, SUBJECT_LIMIT)}"`
    : `Restore ${rollout.name} to ${short(facts.goodCommit)}: revision ${intent.revision} failed`;
  const paragraphs = [
    [subject],
    ...(facts.plainRevert ? [[`This reverts commit ${bad.oid}.`]] : []),
    [
      `Revision ${intent.revision} (${escapeText(intent.podTemplateHash, 63)}) of the Rollout ${who} failed. Its traffic went back to the stable revision,`,
      `and this commit takes the change out of Git again.`,
    ],
    [
      `What failed: ${escapeText(intent.cause, CAUSE_LIMIT)}`,
      ...(intent.analysisRun === undefined ? [] : [`AnalysisRun: ${rollout.namespace}/${escapeText(intent.analysisRun, 253)}`]),
    ],
    [`Restored from ${short(facts.goodCommit)}, the last good commit:`, ...fileLines(facts.files)],
    ...(facts.secretsLeft.length === 0 ? [] : [['Left as they are, because Secrets are never restored:', ...fileLines(facts.secretsLeft)]]),
    [
      'To try the change again, revert this commit (with what was missing), push, and lift the quarantine:',
      `  kubectl sluice retry ${rollout.name} -n ${rollout.namespace}`,
    ],
    [`${REVERT_ID_TRAILER}: ${intent.id}`, `Sluice-Reverts: ${bad.oid}`, `Sluice-Restores: ${facts.goodCommit}`, `Sluice-Rollout: ${who}`],
  ];
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
