import { wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { readRolloutObjects } from '../model/read-rollout.ts';
import { toRolloutView } from '../model/rollout-view.ts';
import { withProgress } from '../progress.ts';
import { renderHistory } from '../render/history.ts';
import { parseOutputFormat } from '../render/output.ts';
import { type GlobalFlags, withSession } from '../session.ts';
import { rolloutName } from '../target.ts';

export interface HistoryFlags extends GlobalFlags {
  readonly output?: string | undefined;
}

/** Lists the revisions that still have a ReplicaSet, the newest first: what undo can go back to. */
export async function runHistory(context: CliContext, words: readonly string[], flags: HistoryFlags): Promise<void> {
  const format = parseOutputFormat(flags.output);
  if (format !== 'text' && format !== 'wide')
    throw wrongUsage(`a history cannot be shown as ${format}`, 'use -o wide, or kubectl get replicasets -o json');
  const name = rolloutName(words);
  await withSession(context, flags, async (session) => {
    const ref = { namespace: session.namespace, name };
    const view = toRolloutView(
      await withProgress(context, 'Reading the revisions', readRolloutObjects(session.cluster, ref, context.signal)),
    );
    context.out(`${renderHistory(view, context.clock.now(), format === 'wide', session.paint).join('\n')}\n`);
  });
}
