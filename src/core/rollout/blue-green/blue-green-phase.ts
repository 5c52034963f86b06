import type { RolloutStatus } from '../../../api/rollout-status.ts';
import { type Context, underTest } from '../context.ts';
import type { Draft } from '../draft.ts';
import type { Gate } from '../gate.ts';
import { pauseEnd } from '../pauses.ts';
import { countOf } from '../sizing.ts';
import { blueGreenGates } from './blue-green-gates.ts';
import { activeHash, activeService, isCleared, isPreviewReady, isServing, isSwitched, previewSize } from './place.ts';
import { settingsOf } from './settings.ts';

/** The revision serves alone: full size behind the active Service, and nothing of it moves. Old ReplicaSets may still be warm. */
export function isBlueGreenSettled(context: Context, draft: Draft): boolean {
  const moving = draft.actions.some(
    (action) =>
      action.type === 'createReplicaSet' ||
      action.type === 'setServiceSelector' ||
      (action.type === 'scaleReplicaSet' && action.target.uid === context.current?.uid),
  );
  return !moving && isServing(context);
}

function judging(gate: Gate): string {
  const since = gate.run?.status?.startedAt;
  return `${gate.runName} measures${since === undefined ? '' : ` since ${since}`}`;
}

function afterPreview(context: Context): string {
  const { prePromotion, pause } = settingsOf(context);
  if (prePromotion !== undefined) return 'the pre-promotion analysis';
  return pause === 'none' ? 'the switch' : 'the pause before the switch';
}

function beforeSwitch(context: Context, status: RolloutStatus, revision: string): string {
  const [gate] = blueGreenGates(context, status);
  if (gate?.run !== undefined && gate.verdict === 'Pending')
    return `the preview is judged: ${judging(gate)}; a Pass leads to the switch, promote goes on without, abort gives it up`;
  const { available } = countOf(context.current);
  if (isPreviewReady(context)) return `the preview of ${revision} is ready; next is ${afterPreview(context)}`;
  return `preview: ${available} of ${previewSize(context)} pods of ${revision} serve; next is ${afterPreview(context)}`;
}

/** What the release waits for, and what comes then. */
export function blueGreenProgress(context: Context, status: RolloutStatus): string {
  const revision = `revision ${context.ordinal}`;
  const { replicas } = context.limits;
  const { available } = countOf(context.current);
  const seen = activeService(context)?.readyByHash[context.hash] ?? 0;
  const leads = `the active Service leads to ${activeHash(context) === context.hash ? seen : 0} of ${replicas} ready pods of ${revision}`;
  if (!underTest(context, status)) return `${available} of ${replicas} pods of ${revision} serve; ${leads}`;
  if (!isCleared(status)) return beforeSwitch(context, status, revision);
  if (!isSwitched(context, status))
    return `${available} of ${replicas} pods of ${revision} serve; the active Service goes over when all do`;
  const [gate] = blueGreenGates(context, status);
  if (!isServing(context) || gate === undefined) return leads;
  return `${revision} has the traffic and is judged: ${judging(gate)}; a Pass makes it stable, a breach or abort gives the traffic back, promote goes on without`;
}

/** The pause before the switch; undefined when there is none now. */
export function blueGreenPauseText(context: Context, status: RolloutStatus): string | undefined {
  const condition = status.pauseConditions?.find((one) => one.reason === 'BlueGreenPause');
  if (condition === undefined) return undefined;
  const { pause } = settingsOf(context);
  const end = pauseEnd(condition.startTime, typeof pause === 'number' ? pause : undefined);
  return `revision ${context.ordinal} (${context.hash}) is ready as the preview: paused before the switch since ${condition.startTime} ${end}; abort gives it up`;
}

/** Where the traffic of an aborted release is, when it could not go back yet; empty when it is back. */
export function blueGreenHeldText(context: Context): string {
  if (activeHash(context) !== context.hash) return '';
  const { available } = countOf(context.stable);
  return `; the active Service still selects it, and goes back as soon as stable can take over (${available} of ${context.limits.replicas} of its pods serve)`;
}

/** Whether only a verdict is awaited: no progress of pods is to be expected. */
export function blueGreenWaitsForVerdict(context: Context, status: RolloutStatus): boolean {
  const [gate] = blueGreenGates(context, status);
  if (gate === undefined) return false;
  return (gate.run !== undefined && gate.verdict === 'Pending') || context.limits.replicas === 0;
}
