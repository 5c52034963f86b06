import { type Context, underTest } from '../context.ts';
import { type Draft, emit, patch, say } from '../draft.ts';
import { haltOf } from '../halt.ts';
import { lifted } from '../quarantine.ts';
import { skipsGates } from '../rollback-window.ts';
import { countOf } from '../sizing.ts';
import { blueGreenGates } from './blue-green-gates.ts';
import { activeService, isCleared, isServing, isSwitched } from './place.ts';

/** What keeps a revision under test from becoming stable; undefined when nothing does. */
function obstacle(context: Context, draft: Draft, analysisReady: boolean): string | undefined {
  const { status } = draft;
  const { replicas } = context.limits;
  const halted = haltOf(context, status)?.message;
  if (halted !== undefined) return `it is held: ${halted}`;
  if (!analysisReady && !skipsGates(status)) return 'an analysis cannot be started; correct its templates or arguments';
  // At size 0 there is no traffic that a switch could move.
  if (replicas > 0 && !isSwitched(context, status)) {
    return `${countOf(context.current).available} of ${replicas} pods serve, and the active Service goes over when all do`;
  }
  const [gate] = blueGreenGates(context, status);
  if (gate === undefined || gate.verdict === 'Pass') return undefined;
  return `waiting for the verdict of ${gate.runName}; promote goes on without, abort goes back`;
}

function promoted(context: Context, draft: Draft): Draft {
  const { scaleUpPreviewCheckPoint: _checkPoint, ...blueGreen } = draft.status.blueGreen ?? {};
  const next = patch(draft, {
    blueGreen,
    stableRS: context.hash,
    quarantine: lifted(context, draft.status),
  });
  return emit(say(next, `revision ${context.ordinal} (${context.hash}) is stable`), {
    type: 'Normal',
    reason: 'RolloutCompleted',
    message: `Rollout completed update to revision ${context.ordinal} (${context.hash})`,
  });
}

/** Promotion: the active Service leads to the full size of the new revision, and the analysis after the switch passed. A first deployment needs no verdict. */
export function promoteWhenServing(context: Context, draft: Draft, analysisReady: boolean): Draft {
  const { status } = draft;
  // While the live revision waits for its configuration, the one before it is no candidate.
  if (status.stableRS === context.hash || status.abort === true || context.revision.hold !== undefined) return draft;
  const place = `revision ${context.ordinal} (${context.hash})`;
  if (underTest(context, status)) {
    if (!isCleared(status)) return draft;
    const held = obstacle(context, draft, analysisReady);
    if (held !== undefined) return say(draft, `${place} is not stable yet: ${held}`);
  }
  if (isServing(context)) return promoted(context, draft);
  const seen = activeService(context)?.readyByHash[context.hash] ?? 0;
  return say(draft, `${place} is not stable yet: the active Service leads to ${seen} of ${context.limits.replicas} ready pods`);
}
