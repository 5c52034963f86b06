import {
  ANALYSIS_RUN,
  ANALYSIS_TEMPLATE,
  CONFIG_MAP,
  ENDPOINT_SLICE,
  GIT_SYNC,
  POD,
  REPLICA_SET,
  ROLLOUT,
  SECRET,
  SERVICE,
} from '../../api/kinds.ts';
import type { KubeObject } from '../../api/metadata.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import type { SimCluster, SimWrite } from '../cluster/sim-types.ts';
import { ROUTE_KINDS } from '../router/simulated-routers.ts';
import { keyOf } from '../world/mirror.ts';
import { ALL_INVARIANTS } from './all-invariants.ts';
import { CONTROLLER_USER } from './controller-user.ts';
import type { Finding, Invariant, ObservedWrite, Step, Violation } from './invariant.ts';
import { ALL_TRAFFIC_INVARIANTS } from './traffic/all-traffic-invariants.ts';
import type { DataPlaneView } from './traffic/traffic-invariant.ts';
import { createView, kindKey, withObject } from './world-view.ts';

export interface WatchOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Name of the user that the controller is; that of {@link CONTROLLER_USER} when absent. */
  readonly controller?: string | undefined;
  /** Every commit on the remote's branches; none when absent. */
  readonly commits?: (() => readonly { readonly message: string }[]) | undefined;
  /** Planted credentials that no object but a Secret may show. */
  readonly tokens?: readonly string[] | undefined;
  /** The data plane whose traffic is judged as well; without one only what is written is. */
  readonly dataPlane?: DataPlaneView | undefined;
  /** The rules to check; all of them when absent. */
  readonly invariants?: readonly Invariant[] | undefined;
}

export interface InvariantWatch {
  /** Everything found so far, in the order of the writes; each finding once. */
  violations(): readonly Violation[];
  /** Every committed write since the start. */
  writes(): readonly ObservedWrite[];
  stop(): void;
}

/** Kinds of which objects may exist before the watch begins. */
const KNOWN_BEFORE: readonly ResourceKind[] = [
  CONFIG_MAP,
  SECRET,
  ROLLOUT,
  REPLICA_SET,
  POD,
  SERVICE,
  ENDPOINT_SLICE,
  ANALYSIS_RUN,
  ANALYSIS_TEMPLATE,
  GIT_SYNC,
  ...ROUTE_KINDS,
];

/** The rules over the traffic; none without a data plane. */
function trafficChecks(dataPlane: DataPlaneView | undefined) {
  return dataPlane === undefined ? [] : ALL_TRAFFIC_INVARIANTS.map((invariant) => ({ id: invariant.id, ...invariant.create(dataPlane) }));
}

/** Checks every committed write of the simulated cluster against the rules, at once and in order. */
export function watchInvariants(sim: Pick<SimCluster, 'onWrite' | 'snapshot'>, options: WatchOptions): InvariantWatch {
  const { clock, controller = CONTROLLER_USER.name } = options;
  const context = { commits: options.commits ?? (() => []), tokens: options.tokens ?? [] };
  const checks = (options.invariants ?? ALL_INVARIANTS).map((invariant) => ({ id: invariant.id, check: invariant.create(context) }));
  const traffic = trafficChecks(options.dataPlane);
  const violations: Violation[] = [];
  const seen = new Set<string>();
  const writes: ObservedWrite[] = [];
  let kinds: ReadonlyMap<string, ReadonlyMap<string, KubeObject>> = new Map(
    KNOWN_BEFORE.map((kind) => [kindKey(kind), new Map(sim.snapshot(kind).map((object) => [keyOf(object), object]))]),
  );

  function record(invariant: string, object: string, message: string): void {
    const text = `${invariant} ${object} ${message}`;
    if (seen.has(text)) return;
    seen.add(text);
    violations.push({ invariant, at: clock.now(), object, message });
  }

  function run(id: string, check: () => readonly Finding[]): void {
    try {
      for (const finding of check()) record(id, finding.object, finding.message);
    } catch (error) {
      record(id, 'the check itself', `failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  function look(step: Step): void {
    for (const { id, check } of checks) run(id, () => check(step));
    for (const { id, onWrite } of traffic) run(id, () => onWrite(step));
  }

  options.dataPlane?.onApplied((route, before, after) => {
    const view = createView(kinds);
    for (const { id, onApplied } of traffic) run(id, () => onApplied({ route, before, after, view }));
  });

  const unsubscribe = sim.onWrite(({ request, before, after }: SimWrite) => {
    const object = after ?? before;
    if (object === undefined || request.dryRun) return;
    const write: ObservedWrite = { at: clock.now(), request, before, after, byController: request.user.name === controller };
    writes.push(write);
    const view = createView(kinds);
    kinds = withObject(kinds, request.kind, keyOf(object), after);
    look({ before: view, after: createView(kinds), write });
  });
  return { violations: () => [...violations], writes: () => [...writes], stop: unsubscribe };
}
