import { ANALYSIS_RUN, POD, REPLICA_SET } from '../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import { formatInstant, type Instant } from '../../api/time.ts';
import { writtenStatus } from '../../core/rollout/context.ts';
import type { TrafficRouters } from '../../ports/traffic-router.ts';
import { adviseOn } from '../model/advice.ts';
import { readStatus, toRolloutView } from '../model/rollout-view.ts';
import { mergeAdvice } from '../model/wait.ts';
import { effectiveMessage, effectivePhase } from '../render/status-line.ts';
import { describeDecision } from './describe-decision.ts';
import { describeInputs } from './describe-inputs.ts';
import type { Explanation } from './explanation.ts';
import type { ObjectReader } from './object-reader.ts';
import { decideLive } from './observe-live.ts';

/** What the controller would decide about this Rollout now, and from what; what may not be read is named, and the rest told all the same. */
export async function explainRollout(raw: KubeObject, now: Instant, routers: TrafficRouters, reader: ObjectReader): Promise<Explanation> {
  const { namespace } = raw.metadata;
  const [{ observed, plan }] = await Promise.all([
    decideLive(raw, now, routers, reader),
    reader.list({ kind: POD, namespace, labelSelector: POD_TEMPLATE_HASH, parse: (pod) => pod, essential: false }),
  ]);
  const essential = reader.unread().filter((one) => one.essential);
  const whole = essential.length === 0;
  const written = observed === undefined ? undefined : writtenStatus(observed.rollout);
  const status = readStatus(raw['status']);
  const decided = whole ? plan.status : status;
  const view = toRolloutView(objectsOf(raw, decided, reader));
  const before = toRolloutView(objectsOf(raw, status, reader));
  return {
    rollout: {
      namespace: view.namespace,
      name: view.name,
      generation: view.generation,
      observedGeneration: status.observedGeneration,
    },
    at: formatInstant(now),
    status: { phase: effectivePhase(before), message: effectiveMessage(before) },
    unread: reader.unread(),
    inputs: observed === undefined ? undefined : describeInputs(observed, decided, now, new Set(essential.map((one) => one.kind))),
    decision: whole ? describeDecision(plan, written) : undefined,
    // What would be awaited then comes after the controller itself, as long as that has not looked.
    advice: before.observed || !whole ? adviseOn(view, now) : mergeAdvice(adviseOn(before, now), adviseOn(view, now)),
  };
}

function objectsOf(raw: KubeObject, status: RolloutStatus, reader: ObjectReader) {
  return {
    rollout: { ...raw, status },
    replicaSets: reader.listed(REPLICA_SET),
    runs: reader.listed(ANALYSIS_RUN),
    pods: reader.listed(POD),
  };
}
