import type { BlueGreenStrategy, RolloutAnalysis } from '../../../api/rollout.ts';
import { type Millis, millis } from '../../../api/time.ts';
import type { Context } from '../context.ts';

/** Argo Rollouts' defaults: how long a ReplicaSet that no longer serves, and the preview of an aborted release, stay warm. */
const SCALE_DOWN_DELAY_SECONDS = 30;
const ABORT_SCALE_DOWN_DELAY_SECONDS = 30;

/** A blue-green strategy with its defaults filled in. */
export interface BlueGreenSettings {
  readonly activeService: string;
  readonly previewService: string | undefined;
  /** Pods of the preview until it may grow to the full size; undefined for the full size from the start. */
  readonly previewReplicas: number | undefined;
  /** What comes between the preview and the switch. */
  readonly pause: 'none' | 'until resumed' | Millis;
  readonly scaleDownDelay: Millis;
  /** Most old ReplicaSets that are kept warm. */
  readonly warmLimit: number;
  /** undefined keeps the preview after an abort. */
  readonly abortScaleDownDelay: Millis | undefined;
  readonly prePromotion: RolloutAnalysis | undefined;
  readonly postPromotion: RolloutAnalysis | undefined;
}

const NOTHING: BlueGreenStrategy = { activeService: '' };

function seconds(value: number): Millis {
  return millis(value * 1000);
}

/** A time ends the pause, also where promotion is not automatic otherwise (Argo Rollouts). */
export function pauseOf({
  autoPromotionEnabled,
  autoPromotionSeconds,
}: Pick<BlueGreenStrategy, 'autoPromotionEnabled' | 'autoPromotionSeconds'>): BlueGreenSettings['pause'] {
  if (autoPromotionSeconds !== undefined && autoPromotionSeconds > 0) return seconds(autoPromotionSeconds);
  return autoPromotionEnabled === false ? 'until resumed' : 'none';
}

/** The strategy of this Rollout with defaults (argo-rollouts 1.2). */
export function settingsOf(context: Context): BlueGreenSettings {
  const strategy = context.blueGreen ?? NOTHING;
  const abortDelay = strategy.abortScaleDownDelaySeconds ?? ABORT_SCALE_DOWN_DELAY_SECONDS;
  return {
    activeService: strategy.activeService,
    previewService: strategy.previewService,
    previewReplicas: strategy.previewReplicaCount,
    pause: pauseOf(strategy),
    scaleDownDelay: seconds(strategy.scaleDownDelaySeconds ?? SCALE_DOWN_DELAY_SECONDS),
    warmLimit: strategy.scaleDownDelayRevisionLimit ?? Number.POSITIVE_INFINITY,
    abortScaleDownDelay: abortDelay === 0 ? undefined : seconds(abortDelay),
    prePromotion: strategy.prePromotionAnalysis,
    postPromotion: strategy.postPromotionAnalysis,
  };
}
