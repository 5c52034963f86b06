import { createTrafficRouters } from '../../adapters/traffic/traffic-routers.ts';
import type { Instant } from '../../api/time.ts';
import { withServedVersions } from '../../kube/served-versions.ts';
import { wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { explainRollout } from '../explain/explain-rollout.ts';
import type { Explanation } from '../explain/explanation.ts';
import { createObjectReader } from '../explain/object-reader.ts';
import { getRollout } from '../model/read-rollout.ts';
import { formatWait } from '../model/wait.ts';
import { withProgress } from '../progress.ts';
import { renderExplanation } from '../render/explanation.ts';
import { parseOutputFormat, toJson, toYaml } from '../render/output.ts';
import { type GlobalFlags, withSession } from '../session.ts';
import { rolloutName } from '../target.ts';

export interface ExplainFlags extends GlobalFlags {
  readonly output?: string | undefined;
}

/** Prints what the controller would decide now, from what, and why. Reads only. */
export async function runExplain(context: CliContext, words: readonly string[], flags: ExplainFlags): Promise<void> {
  const format = parseOutputFormat(flags.output);
  if (format === 'name' || format === 'wide')
    throw wrongUsage(`an explanation cannot be shown as ${format}`, 'use json or yaml, or leave -o out');
  const name = rolloutName(words);
  await withSession(context, flags, async (session) => {
    const ref = { namespace: session.namespace, name };
    const reader = createObjectReader(withServedVersions(session.cluster), context.signal);
    const read = async () => {
      const raw = await getRollout(session.cluster, ref, context.signal);
      const now = context.clock.now();
      return { now, explanation: await explainRollout(raw, now, createTrafficRouters(), reader) };
    };
    const { now, explanation } = await withProgress(context, 'Reading what the controller looks at', read());
    if (format === 'json') context.out(toJson(toData(explanation, now)));
    else if (format === 'yaml') context.out(toYaml(toData(explanation, now)));
    else context.out(`${renderExplanation(explanation, session.paint).join('\n')}\n`);
  });
}

/** For programs: waits as one line as well, so that a script need not put it together. */
function toData({ advice, unread, ...rest }: Explanation, now: Instant): unknown {
  const waits = advice.waits.map((wait) => ({ ...wait, text: formatWait(wait, now) }));
  return { ...rest, unread: unread.map(({ kind: _kind, ...one }) => one), waits, youCan: advice.youCan };
}
