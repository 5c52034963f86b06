import { parseDuration } from '../../api/duration.ts';
import { ROLLOUT } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { type Millis, millis } from '../../api/time.ts';
import { ended, refused, wrongUsage } from '../cli-error.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { deadlineSignal, followObject } from '../follow.ts';
import { getRollout, rolloutNotFound } from '../model/read-rollout.ts';
import { type RolloutView, toRolloutView } from '../model/rollout-view.ts';
import { withProgress } from '../progress.ts';
import { effectivePhase, renderStatusLine } from '../render/status-line.ts';
import { type GlobalFlags, type Session, withSession } from '../session.ts';
import { rolloutName } from '../target.ts';

export interface StatusFlags extends GlobalFlags {
  /** False with `--no-watch`. */
  readonly watch?: boolean | undefined;
  readonly timeout?: string | undefined;
}

/** Prints the status until it is Healthy (0) or Degraded (1); with `--no-watch` once. A timeout ends with 1. */
export async function runStatus(context: CliContext, words: readonly string[], flags: StatusFlags): Promise<void> {
  const timeout = parseTimeout(flags.timeout);
  const name = rolloutName(words);
  await withSession(context, flags, async (session) => {
    const ref = { namespace: session.namespace, name };
    if (flags.watch === false) {
      const view = viewOf(await withProgress(context, 'Reading the rollout', getRollout(session.cluster, ref, context.signal)));
      context.out(`${renderStatusLine(view, session.paint)}\n`);
      if (effectivePhase(view) === 'Degraded') throw ended(EXIT.refused);
      return;
    }
    const deadline = timeout === undefined ? undefined : deadlineSignal(context.clock, timeout, context.signal);
    try {
      await followStatus(context, session, ref, deadline?.signal ?? context.signal);
    } finally {
      deadline?.dispose();
    }
    if (deadline?.signal.aborted === true && !context.signal.aborted) {
      throw refused(
        `rollout "${ref.name}" did not become Healthy within ${flags.timeout ?? ''}`,
        `kubectl sluice get rollout ${ref.name} -n ${session.namespace} shows what it waits for`,
      );
    }
  });
}

/** Ends when the Rollout is Healthy or `signal` is aborted; throws when it is Degraded or gone. */
async function followStatus(
  context: CliContext,
  session: Session,
  ref: { name: string; namespace?: string | undefined },
  signal: AbortSignal,
): Promise<void> {
  let last: string | undefined;
  for await (const object of followObject({ cluster: session.cluster, clock: context.clock, kind: ROLLOUT, ref, signal })) {
    if (object === undefined) throw rolloutNotFound(ref);
    const view = viewOf(object);
    const line = renderStatusLine(view, session.paint);
    if (line !== last) context.out(`${line}\n`);
    last = line;
    const phase = effectivePhase(view);
    if (phase === 'Healthy') return;
    if (phase === 'Degraded') throw ended(EXIT.refused);
  }
  if (context.signal.aborted) throw ended(EXIT.refused);
}

function viewOf(rollout: KubeObject): RolloutView {
  return toRolloutView({ rollout, replicaSets: [], runs: [], pods: [] });
}

function parseTimeout(text: string | undefined): Millis | undefined {
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration === undefined) throw wrongUsage(`"${text}" is not a duration`, 'write it as 30s, 5m or 1h30m; 0 waits without end');
  return duration === 0 ? undefined : millis(duration);
}
