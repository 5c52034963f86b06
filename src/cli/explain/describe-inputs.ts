import { ENDPOINT_SLICE, SERVICE } from '../../api/kinds.ts';
import { ABORT, REQUEST } from '../../api/labels.ts';
import type { RolloutStatus } from '../../api/rollout-status.ts';
import type { Instant } from '../../api/time.ts';
import { describeChange } from '../../core/config/config-changes.ts';
import { type Context, readContext, underTest } from '../../core/rollout/context.ts';
import { activeGates } from '../../core/rollout/gates.ts';
import { namedServices } from '../../core/rollout/named-services.ts';
import type { ObservedReplicaSet, ObservedRollout } from '../../core/rollout/observed.ts';
import { ordinalOf } from '../../core/rollout/ordinal.ts';
import { handledForm } from '../../core/rollout/outcome.ts';
import { selectedHash } from '../../core/rollout/selected-hash.ts';
import { refusingTroubles } from '../../core/rollout/service-trouble.ts';
import { sizingOf } from '../../core/rollout/sizing.ts';
import { specProblems } from '../../core/rollout/spec-problems.ts';
import { endMessage, lastValue } from '../../core/rollout/verdict.ts';
import { desiredWeight } from '../../core/rollout/weight.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import { clean } from '../render/escape.ts';
import { describeClocks } from './describe-clocks.ts';
import { describeSpec } from './describe-spec.ts';
import type { GateInput, Inputs, ReplicaSetInput, RouteInput, ServiceInput } from './explanation.ts';

/** What a decision looks at, sorted as it sorts it; `status` is the one that the decision leads to. What was not read is left out. */
export function describeInputs(observed: ObservedRollout, status: RolloutStatus, now: Instant, unread: ReadonlySet<ResourceKind>): Inputs {
  const context = readContext(observed, now);
  return {
    spec: describeSpec(context, unread.size === 0),
    revisions: describeRevisions(context, status),
    place: describePlace(context),
    weights: describeWeights(context, status),
    requests: describeRequests(context),
    config: describeConfig(context, status),
    source: describeSource(observed),
    replicaSets: describeReplicaSets(context, status),
    services: unread.has(SERVICE) ? [] : describeServices(observed, !unread.has(ENDPOINT_SLICE)),
    routes: observed.traffic.map(describeRoute),
    gates: describeGates(context, status),
    clocks: describeClocks(context, status),
  };
}

function describeRevisions(context: Context, status: RolloutStatus): readonly string[] {
  const { hash, ordinal, revision, stable } = context;
  const parts = revision.templateHash === hash ? '' : `, template ${revision.templateHash}`;
  const config = status.config?.hash === undefined ? '' : `, configuration ${status.config.hash}`;
  const stableText =
    status.stableRS === undefined
      ? 'stable: none yet'
      : status.stableRS === hash
        ? 'stable: the same'
        : `stable: ${status.stableRS}${stable === undefined ? ', its ReplicaSet is gone' : ` (revision ${ordinalOf(stable)})`}`;
  const held = revision.hold === undefined ? [] : [`a newer one waits: ${revision.hold.reason}: ${revision.hold.message}`];
  return [`current: ${hash} (revision ${ordinal}${parts}${config})`, stableText, ...held].map((line) => clean(line));
}

function describePlace(context: Context): readonly string[] {
  const { previous, steps, blueGreen } = context;
  if (previous === undefined) return ['the controller has not decided anything about it yet'];
  const index = previous.currentStepIndex ?? 0;
  // As long as nothing is decided about the live revision, the index is that of another.
  const counted = blueGreen === undefined && steps.length > 0 && previous.currentPodHash === context.hash;
  const step = counted ? [index < steps.length ? `step ${index + 1} of ${steps.length}` : 'all steps done'] : [];
  const marks = [
    ...(underTest(context, previous) ? [] : ['nothing is under test']),
    ...(previous.abort === true ? [`aborted at ${previous.abortedAt ?? '?'}`] : []),
    ...(previous.promoteFull === true ? ['full promotion is asked for'] : []),
    ...(context.rollout.spec.paused === true ? ['spec.paused is true'] : []),
    ...(previous.pauseConditions ?? []).map((pause) => `${pause.reason} since ${pause.startTime}`),
    ...(previous.quarantine ?? []).map((entry) => `quarantined: revision ${entry.revision} (${entry.podTemplateHash}): ${entry.cause}`),
    ...(previous.fastRollback === undefined ? [] : [`fast rollback: ${previous.fastRollback.message}`]),
  ];
  return [[`phase ${previous.phase ?? '?'}`, ...step].join(', '), ...marks].map((line) => clean(line, 400));
}

/** Nothing is wanted of a Rollout that is not acted on: what serves stays. */
function isRefused(context: Context, status: RolloutStatus): boolean {
  const troubles = refusingTroubles(context.rollout, context.previous, context.troubles);
  const { invalid, unsupported } = specProblems(context.observed, troubles);
  return invalid.length + unsupported.length > 0 && status.abort !== true;
}

function describeWeights(context: Context, status: RolloutStatus): readonly string[] {
  if (context.blueGreen !== undefined) return [];
  if (isRefused(context, status)) return ['left as they are while the spec is wrong'];
  const desired = underTest(context, status) ? desiredWeight(context, status) : 0;
  const { traffic } = context;
  if (traffic === undefined) return [`desired ${desired} for the canary, made by numbers of pods: no router`];
  const served = traffic.verified ? `verified` : `not verified: the data plane may serve ${traffic.low} to ${traffic.high}`;
  const pending = traffic.pending === undefined ? [] : [`not accepted yet: ${traffic.pending}`];
  return [`desired ${desired}, written ${traffic.weight ?? 'differs between routes'}, ${served}`, ...pending].map((line) =>
    clean(line, 400),
  );
}

function describeRequests(context: Context): readonly string[] {
  const annotations = context.rollout.metadata.annotations ?? {};
  const letters = [
    [ABORT, context.previous?.lastHandledAbort],
    [REQUEST, context.previous?.lastHandledRequest],
  ] as const;
  const pending = letters.flatMap(([name, handled]) => {
    const value = annotations[name];
    return value === undefined || handledForm(value) === handled ? [] : [`pending: ${name}: ${value}`];
  });
  const outcome = context.previous?.requestOutcome;
  const last = outcome === undefined ? [] : [`last: ${outcome.request}: ${outcome.outcome} at ${outcome.at}: ${outcome.message}`];
  return [...pending, ...last].map((line) => clean(line, 400));
}

function describeConfig(context: Context, status: RolloutStatus): readonly string[] {
  const { config } = context.observed;
  if (config === undefined) return [];
  const read = (what: string, reading: typeof config.configMaps): string =>
    `${what} ${reading.state === 'Unreadable' ? `unreadable: ${reading.message}` : reading.state === 'Off' ? 'not followed' : 'followed'}`;
  const changes = (status.config?.changes ?? []).map(describeChange);
  const changed = changes.length === 0 ? [] : [`differs from stable: ${changes.join(', ')}`];
  return [`${read('ConfigMaps', config.configMaps)}, ${read('Secrets', config.secrets)}`, ...changed].map((line) => clean(line, 400));
}

function describeSource({ source }: ObservedRollout): readonly string[] {
  const { provenance, gitTarget, gitTargetProblem } = source;
  if (provenance === undefined) return [];
  const from = `${provenance.engine}/${provenance.name}: commit ${provenance.commit} on ${provenance.branch}, ${provenance.file}`;
  const to =
    gitTarget === undefined
      ? `no restore commit: ${gitTargetProblem ?? 'no GitTarget'}`
      : `restore commits go through GitTarget ${gitTarget}`;
  return [from, to].map((line) => clean(line, 400));
}

function roleOf(context: Context, set: ObservedReplicaSet): ReplicaSetInput['role'] {
  if (set === context.current && set === context.stable) return 'current and stable';
  return set === context.current ? 'current' : set === context.stable ? 'stable' : 'old';
}

function describeReplicaSets(context: Context, status: RolloutStatus): readonly ReplicaSetInput[] {
  const { target } = sizingOf(context, status);
  const unwanted = context.blueGreen !== undefined || isRefused(context, status);
  const known = context.observed.replicaSets.filter((set) => set.hash !== undefined);
  return known
    .map((set): ReplicaSetInput => {
      const role = roleOf(context, set);
      return {
        name: clean(set.name),
        revision: ordinalOf(set),
        hash: clean(set.hash ?? ''),
        role,
        asked: set.specReplicas,
        pods: set.replicas,
        ready: set.readyReplicas,
        available: set.availableReplicas,
        // The two sides of blue-green have sizes of their own, which the decision's effects tell.
        wanted: unwanted || role === 'old' ? undefined : role === 'stable' ? target.stable : target.canary,
        stale: !set.statusCurrent,
      };
    })
    .toSorted((left, right) => right.revision - left.revision);
}

function describeServices(observed: ObservedRollout, counted: boolean): readonly ServiceInput[] {
  return namedServices(observed.rollout).map(([field, name]) => {
    const service = observed.services.get(name);
    const selects = service === undefined ? undefined : selectedHash(service);
    return {
      name: clean(name),
      field: clean(field.replace('spec.strategy.', '')),
      selects: selects === undefined ? undefined : clean(selects),
      exists: service !== undefined,
      ready: counted ? (service?.ready ?? 0) : undefined,
      readyByRevision: counted ? (service?.readyByHash ?? {}) : {},
    };
  });
}

function describeRoute(reading: ObservedRollout['traffic'][number]): RouteInput {
  const { router, objects, state, acceptance } = reading;
  return {
    router,
    objects: objects.map((object) => clean(`${object.kind.kind} ${object.name}`)),
    weight: state.ok ? state.written.weight : undefined,
    acceptance: clean(`${acceptance.state}${acceptance.message === '' ? '' : `: ${acceptance.message}`}`, 400),
    trouble: state.ok ? undefined : clean(`${state.reason}: ${state.message}`, 400),
  };
}

function describeGates(context: Context, status: RolloutStatus): readonly GateInput[] {
  return activeGates(context, status).map((gate) => {
    const run = gate.run?.status;
    const message = endMessage(gate.run);
    return {
      name: gate.step === undefined ? gate.name : `step ${gate.step + 1}`,
      analysisRun: clean(gate.runName),
      verdict: gate.run === undefined ? 'not started' : gate.verdict,
      since: run?.startedAt,
      message: message === undefined ? undefined : clean(message, 200),
      values: (run?.metricResults ?? []).map((result) => clean(`${result.name} = ${lastValue(result)}`, 200)),
    };
  });
}
