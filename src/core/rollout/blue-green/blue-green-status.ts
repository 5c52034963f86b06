import { POD_TEMPLATE_HASH } from '../../../api/labels.ts';
import type { RolloutStatus } from '../../../api/rollout-status.ts';
import type { Context } from '../context.ts';
import type { Draft, StatusPatch } from '../draft.ts';
import { previewService } from './place.ts';
import { plannedActive, plannedHash } from './selectors.ts';

/** Who the two Services select once the plan is carried out, beside the marks of the release. */
function selectors(context: Context, draft: Draft): RolloutStatus['blueGreen'] {
  const { activeSelector: _active, previewSelector: _preview, ...marks } = draft.status.blueGreen ?? {};
  const active = plannedActive(context, draft);
  const preview = plannedHash(draft, previewService(context));
  return {
    ...marks,
    updatedAvailableReplicas: context.current?.availableReplicas ?? 0,
    ...(active === undefined ? {} : { activeSelector: active }),
    ...(preview === undefined ? {} : { previewSelector: preview }),
  };
}

/**
 * What an autoscaler reads is the active ReplicaSet alone (Argo Rollouts): its pods carry the load, those of the preview would halve every average.
 * `selector` is that of the Rollout.
 */
export function blueGreenStatus(context: Context, draft: Draft, selector: string): StatusPatch {
  const blueGreen = selectors(context, draft);
  const active = context.observed.replicaSets.find((set) => set.owned && set.hash !== undefined && set.hash === blueGreen?.activeSelector);
  if (active === undefined) return { blueGreen, canary: undefined };
  return {
    blueGreen,
    canary: undefined,
    HPAReplicas: active.replicas,
    readyReplicas: active.readyReplicas,
    availableReplicas: active.availableReplicas,
    selector: `${selector},${POD_TEMPLATE_HASH}=${active.hash}`.slice(0, 4096),
  };
}
