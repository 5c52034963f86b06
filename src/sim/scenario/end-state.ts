import { z } from 'zod';
import { ANALYSIS_RUN, REPLICA_SET, ROLLOUT, SERVICE } from '../../api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { SimCluster } from '../cluster/sim-types.ts';
import { stableJson } from '../cluster/stable-json.ts';
import { countsOf, hashOf, named, selectorOf, viewRollout } from '../invariants/world-view.ts';
import { servedEverywhere } from '../router/served-routes.ts';
import { ROUTE_KINDS, SIMULATED_ROUTERS } from '../router/simulated-routers.ts';

const endSchema = z.looseObject({
  status: z
    .looseObject({
      phase: z.string().optional(),
      revision: z.int().optional(),
      rollback: z.looseObject({ state: z.string(), podTemplateHash: z.string(), reason: z.string().optional() }).optional(),
      quarantine: z.array(z.looseObject({ podTemplateHash: z.string() })).optional(),
      pauseConditions: z.array(z.looseObject({ reason: z.string() })).optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string() })).optional(),
    })
    .default({}),
});

type End = z.infer<typeof endSchema>['status'];

function conditions(status: End): string {
  return (status.conditions ?? [])
    .map((condition) => `${condition.type}=${condition.status}/${condition.reason}`)
    .sort()
    .join(' ');
}

function rolloutLines(object: KubeObject): readonly string[] {
  const end = endSchema.safeParse(object).data?.status ?? {};
  const { currentPodHash, stableRS, currentStepIndex = 0, abort = false } = viewRollout(object)?.status ?? {};
  const pauses = (end.pauseConditions ?? []).map((pause) => pause.reason).join(',');
  const quarantine = (end.quarantine ?? []).map((entry) => entry.podTemplateHash).join(',');
  const rollback =
    end.rollback === undefined ? 'none' : `${end.rollback.state} of ${end.rollback.podTemplateHash} ${end.rollback.reason ?? ''}`;
  const place = `revision=${end.revision} current=${currentPodHash} stable=${stableRS} step=${currentStepIndex} abort=${abort} paused=${pauses}`;
  return [
    `${end.phase} ${place}`,
    `rollback=${rollback} quarantine=${quarantine}`,
    conditions(end),
    `spec ${stableJson(object['spec'])}`,
  ].map((line) => `rollout ${named(object)}: ${line}`);
}

/**
 * Where a run ended, one fact a line, without anything that may differ between two runs of one story: uids, versions, times, messages.
 * Two runs ended alike when these lines are equal.
 */
export function endState(sim: Pick<SimCluster, 'snapshot'>): readonly string[] {
  const replicaSets = sim.snapshot(REPLICA_SET).map((object) => {
    const { spec, available } = countsOf(object);
    return `replicaset ${named(object)}: ${spec} replicas, ${available} available, hash ${hashOf(object)}`;
  });
  const services = sim.snapshot(SERVICE).map((object) => `service ${named(object)}: ${selectorOf(object)[POD_TEMPLATE_HASH] ?? 'no hash'}`);
  const runs = sim
    .snapshot(ANALYSIS_RUN)
    .map((object) => `analysisrun ${named(object)}: ${endSchema.safeParse(object).data?.status.phase}`);
  const routes = ROUTE_KINDS.flatMap((kind) =>
    sim.snapshot(kind).map((object) => `${kind.kind} ${named(object)}: ${stableJson(object['spec'])}`),
  );
  // What an Ingress splits stands in annotations.
  const served = SIMULATED_ROUTERS.flatMap((router) => servedEverywhere(router, sim.snapshot)).map(
    ({ id, rules }) => `route ${id}: ${stableJson(rules)}`,
  );
  return [...sim.snapshot(ROLLOUT).flatMap(rolloutLines), ...replicaSets, ...services, ...routes, ...served, ...runs].sort();
}

/** Lines that only one of two ends has: `- ` of the first, `+ ` of the second; empty when they are equal. */
export function compareEnds(expected: readonly string[], actual: readonly string[]): readonly string[] {
  const [left, right] = [new Set(expected), new Set(actual)];
  return [
    ...expected.filter((line) => !right.has(line)).map((line) => `- ${line}`),
    ...actual.filter((line) => !left.has(line)).map((line) => `+ ${line}`),
  ];
}
