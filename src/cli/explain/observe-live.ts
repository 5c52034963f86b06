import { POD } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { parseRollout } from '../../api/parse.ts';
import type { Rollout } from '../../api/rollout.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Instant } from '../../api/time.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { decideRollout } from '../../core/rollout/decide-rollout.ts';
import { decideUnreadable, recordedDeployment } from '../../core/rollout/decide-unreadable.ts';
import type { ObservedReplicaSet, ObservedRestart, ObservedRollout } from '../../core/rollout/observed.ts';
import { restartIsDue, wantsPods } from '../../core/rollout/restart/pods-wanted.ts';
import { selectorText } from '../../core/rollout/selector-text.ts';
import { resolveWorkload } from '../../core/rollout/workload.ts';
import { createStore } from '../../kube/store.ts';
import { observeLeft } from '../../observe/observe-left.ts';
import { observeRollout } from '../../observe/observe-rollout.ts';
import { toPodView } from '../../observe/pod-view.ts';
import { ROLLOUT_JUDGES } from '../../observe/rollout-judges.ts';
import { BY_CONTROLLER, type RolloutStores } from '../../observe/rollout-stores.ts';
import type { TrafficRouters } from '../../ports/traffic-router.ts';
import type { ObjectReader } from './object-reader.ts';
import { readConfig } from './read-config.ts';
import { readRouting } from './read-routing.ts';
import { readServing, readStores } from './read-stores.ts';
import { readWorkloads } from './read-workload.ts';

/** What the controller would decide on, and what it would decide; `observed` is undefined for a Rollout that cannot be parsed. */
export interface LiveDecision {
  readonly observed: ObservedRollout | undefined;
  readonly plan: Plan<RolloutStatus>;
}

/** Reads all that a decision about this Rollout looks at, builds the observation by the controller's own code, and decides. Nothing is written. */
export async function decideLive(raw: KubeObject, now: Instant, routers: TrafficRouters, reader: ObjectReader): Promise<LiveDecision> {
  const parsed = parseRollout(raw);
  if (!parsed.ok) return { observed: undefined, plan: await decideUnparsed(raw, parsed.problems, now, reader) };
  const observed = await observeLive(parsed.value, now, routers, reader);
  return { observed, plan: decideRollout(observed, now) };
}

async function decideUnparsed(
  raw: KubeObject,
  problems: Parameters<typeof decideUnreadable>[1],
  now: Instant,
  reader: ObjectReader,
): Promise<Plan<RolloutStatus>> {
  const namespace = raw.metadata.namespace ?? '';
  const recorded = recordedDeployment(raw);
  const refs = recorded === undefined ? [] : [{ kind: 'Deployment' as const, name: recorded }];
  const stores = { ...(await readServing(namespace, true, reader)), workloads: await readWorkloads(namespace, refs, reader) };
  return decideUnreadable(raw, problems, observeLeft(raw, stores), now);
}

async function observeLive(written: Rollout, now: Instant, routers: TrafficRouters, reader: ObjectReader): Promise<ObservedRollout> {
  const namespace = written.metadata.namespace ?? '';
  const [listed, workloads, routing] = await Promise.all([
    readStores(written, reader),
    readWorkloads(namespace, written.spec.workloadRef === undefined ? [] : [written.spec.workloadRef], reader),
    readRouting(written, routers, reader),
  ]);
  const ref = written.spec.workloadRef;
  const rollout = resolveWorkload(written, ref === undefined ? undefined : workloads.read(namespace, ref));
  const sets = listed.replicaSets
    .byIndex(BY_CONTROLLER, rollout.metadata.uid ?? '')
    .map((view): ObservedReplicaSet => ({ ...view.observed, owned: true }));
  const stores: RolloutStores = { ...listed, rollouts: createStore(), workloads, config: await readConfig(rollout, sets, reader) };
  const observed = observeRollout(written, stores, ROLLOUT_JUDGES, routing);
  return { ...observed, restart: await observeRestart(observed, now, reader) };
}

/** As the controller does: pods are looked at only while a restart needs them. */
async function observeRestart(observed: ObservedRollout, now: Instant, reader: ObjectReader): Promise<ObservedRestart | undefined> {
  if (!restartIsDue(observed.rollout, now)) return undefined;
  const none = { pods: undefined, problem: undefined, refused: undefined };
  if (!wantsPods(observed, now, undefined)) return none;
  const { outcome, store } = await reader.list({
    kind: POD,
    namespace: observed.rollout.metadata.namespace,
    labelSelector: selectorText(observed.rollout.spec.selector),
    parse: toPodView,
    essential: false,
  });
  if (outcome !== 'read') return { ...none, problem: 'pods cannot be listed by whoever asks for this explanation' };
  return { ...none, pods: store.list().filter((pod) => pod !== undefined) };
}
