import assert from 'node:assert/strict';
import { z } from 'zod';
import { parseDuration } from '../../src/api/duration.ts';
import { POD, REPLICA_SET, ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH, REVISION } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { type Millis, millis } from '../../src/api/time.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { countsOf, hashOf, type RolloutView, selectorOf, viewRollout } from '../../src/sim/invariants/world-view.ts';
import { parseManifests } from '../../src/sim/scenario/manifests.ts';
import { runScenario, type Scenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { type Action, at, perform, type Stage } from '../../src/sim/scenario/timeline.ts';
import { PLATFORM } from '../rollouts/lab.ts';
import { startManager } from '../rollouts/start-manager.ts';

/** One thing that a person or a test does; longer ones are several turns, since no turn of a timeline takes more than a minute. */
export interface Move {
  readonly turns: (clock: () => Clock) => readonly Action[];
}

type Status = RolloutView['status'] & Readonly<Record<string, unknown>>;

const TURN = millis(50_000);
const TEMPLATE = z.looseObject({ metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }) });

function one(action: Action): Move {
  return { turns: () => [action] };
}

function timeOf(text: string): Millis {
  const value = parseDuration(text);
  if (value === undefined) throw new Error(`'${text}' is not a time`);
  return value;
}

/** The only Rollout of the run. */
function rolloutOf(stage: Pick<Stage, 'sim'>): KubeObject {
  const [rollout, another] = stage.sim.snapshot(ROLLOUT);
  if (rollout === undefined || another !== undefined) throw new Error('the run is about exactly one Rollout');
  return rollout;
}

export function statusOf(stage: Pick<Stage, 'sim'>): Status {
  return viewRollout(rolloutOf(stage))?.status ?? { observedGeneration: -1 };
}

const weightsSchema = z.looseObject({
  weights: z.looseObject({ canary: z.looseObject({ weight: z.number() }), stable: z.looseObject({ weight: z.number() }) }),
});

/** The weights that status tells, canary first. */
export function weightsOf(status: Status): readonly number[] {
  const { weights } = weightsSchema.parse(status['canary']);
  return [weights.canary.weight, weights.stable.weight];
}

const blueGreenSchema = z.looseObject({ activeSelector: z.string().optional(), previewSelector: z.string().optional() });

/** The selectors that status tells of blue-green. */
export function blueGreenOf(stage: Pick<Stage, 'sim'>): z.infer<typeof blueGreenSchema> {
  return blueGreenSchema.parse(statusOf(stage)['blueGreen'] ?? {});
}

/** The phase as clients read it: what is not observed yet counts as Progressing. */
function phaseOf(stage: Pick<Stage, 'sim'>): string {
  const status = statusOf(stage);
  return status.observedGeneration === rolloutOf(stage).metadata.generation ? (status.phase ?? 'Progressing') : 'Progressing';
}

function replicaSetOf(stage: Pick<Stage, 'sim'>, revision: number): KubeObject | undefined {
  return stage.sim.snapshot(REPLICA_SET).find((set) => set.metadata.annotations?.[REVISION] === String(revision));
}

/** Pods of a revision that nobody deletes. */
export function podsOf(stage: Pick<Stage, 'sim'>, revision: number): readonly KubeObject[] {
  const set = replicaSetOf(stage, revision);
  if (set === undefined) return [];
  return stage.sim.snapshot(POD).filter((pod) => hashOf(pod) === hashOf(set) && pod.metadata.deletionTimestamp === undefined);
}

function whereItStands(stage: Pick<Stage, 'sim'>): string {
  const { phase, message, currentStepIndex } = statusOf(stage);
  const sets = stage.sim
    .snapshot(REPLICA_SET)
    .map((set) => `revision ${set.metadata.annotations?.[REVISION]}: ${JSON.stringify(countsOf(set))}`);
  return `${phase} at step ${currentStepIndex}: ${message}; ${sets.join('; ')}`;
}

/** Waits until this holds, for at most `limit`. */
export function waitUntil(what: string, holds: (stage: Stage) => boolean, limit = '3m'): Move {
  return {
    turns(clock) {
      const count = Math.ceil(timeOf(limit) / TURN);
      return Array.from({ length: count }, (_, index) =>
        perform(`waiting until ${what}`, async (stage) => {
          const last = index === count - 1;
          await new Promise<void>((resolve, reject) => {
            const stop: (() => void)[] = [];
            const end = (): void => {
              for (const each of stop) each();
              resolve();
            };
            const look = (): void => {
              if (holds(stage)) end();
            };
            stop.push(stage.sim.onWrite(look));
            const timer = clock().startTimer(TURN, () => {
              for (const each of stop) each();
              if (last) reject(new Error(`waited ${limit} until ${what}, but it stands at: ${whereItStands(stage)}`));
              else resolve();
            });
            stop.push(() => timer.cancel());
            look();
          });
        }),
      );
    },
  };
}

export function waitPhase(phase: 'Healthy' | 'Progressing' | 'Paused' | 'Degraded', limit?: string): Move {
  return waitUntil(`it is ${phase}`, (stage) => phaseOf(stage) === phase, limit);
}

export function waitStep(index: number): Move {
  return waitUntil(`it is at step ${index}`, (stage) => statusOf(stage).currentStepIndex === index);
}

export function waitStatus(key: string, value: unknown): Move {
  return waitUntil(`status.${key} is ${JSON.stringify(value)}`, (stage) => statusOf(stage)[key] === value);
}

export function waitPods(revision: number, count: number): Move {
  return waitUntil(`revision ${revision} has ${count} pods`, (stage) => podsOf(stage, revision).length === count);
}

/** Lets time pass. */
export function rest(time: string): Move {
  return {
    turns(clock) {
      const all = timeOf(time);
      const count = Math.ceil(all / TURN);
      return Array.from({ length: count }, (_, index) =>
        perform(
          'rests',
          () =>
            new Promise<void>((resolve) => {
              clock().startTimer(millis(index === count - 1 ? all - index * TURN : TURN), resolve);
            }),
        ),
      );
    },
  };
}

/** A merge patch of the Rollout, as `kubectl patch --type=merge` sends it. */
export function edit(body: Readonly<Record<string, unknown>>): Move {
  return one(
    perform(`edits ${JSON.stringify(body)}`, (stage) => {
      const { namespace, name } = rolloutOf(stage).metadata;
      return stage.cluster.patch(ROLLOUT, { namespace, name }, { type: 'merge', body }, { fieldManager: 'kubectl-patch' });
    }),
  );
}

let updates = 0;

/** A new revision: another annotation of the pod template. */
export function update(value?: string): Move {
  updates += 1;
  return edit({ spec: { template: { metadata: { annotations: { update: value ?? `u${updates}` } } } } });
}

/** Another image of the only container. */
export function setImage(image: string): Move {
  return one(
    perform(`sets the image ${image}`, (stage) => {
      const { namespace, name } = rolloutOf(stage).metadata;
      const operations = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }] as const;
      return stage.cluster.patch(ROLLOUT, { namespace, name }, { type: 'json', operations }, { fieldManager: 'kubectl-set' });
    }),
  );
}

/** Puts the template of an earlier revision back as its ReplicaSet holds it, without the hash: with all that the API server added to it. */
export function undoTo(revision: number): Move {
  return one(
    perform(`goes back to revision ${revision}`, (stage) => {
      const { namespace, name } = rolloutOf(stage).metadata;
      const { spec } = z.looseObject({ spec: z.looseObject({ template: TEMPLATE }) }).parse(replicaSetOf(stage, revision));
      const { [POD_TEMPLATE_HASH]: _hash, ...labels } = spec.template.metadata.labels;
      const value = { ...spec.template, metadata: { ...spec.template.metadata, labels } };
      const operations = [{ op: 'replace', path: '/spec/template', value }] as const;
      return stage.cluster.patch(ROLLOUT, { namespace, name }, { type: 'json', operations }, { fieldManager: 'kubectl-undo' });
    }),
  );
}

export function scaleTo(replicas: number): Move {
  return edit({ spec: { replicas } });
}

let asked = 0;

/** What the plugin writes for this verb, with the hash that is current at that time. */
export function ask(verb: 'promote' | 'promote-full' | 'retry' | 'restart' | 'resume' | 'pause' | 'skip-step'): Move {
  asked += 1;
  const id = asked;
  return one(perform(verb, (stage) => annotateRollout(stage, 'sluice.dev/request', `${verb}:${statusOf(stage).currentPodHash}@${id}`)));
}

export function askAbort(): Move {
  asked += 1;
  const id = asked;
  return one(perform('abort', (stage) => annotateRollout(stage, 'sluice.dev/abort', `${statusOf(stage).currentPodHash}@${id}`)));
}

function annotateRollout(stage: Stage, name: string, value: string): Promise<unknown> {
  const { namespace, name: rollout } = rolloutOf(stage).metadata;
  const body = { metadata: { annotations: { [name]: value } } };
  return stage.cluster.patch(ROLLOUT, { namespace, name: rollout }, { type: 'merge', body }, { fieldManager: 'kubectl-sluice' });
}

/** Any other action. */
export function doing(action: Action): Move {
  return one(action);
}

/** Looks once, without waiting. */
export function see(what: string, look: (stage: Stage) => void): Move {
  return one(
    perform(what, (stage) => {
      try {
        look(stage);
      } catch (error) {
        if (error instanceof Error) error.message = `${what}: ${error.message}\n(${whereItStands(stage)})`;
        throw error;
      }
    }),
  );
}

/** How many pods each revision has, deleted ones left out. */
export function seePods(pods: Readonly<Record<number, number>>): Move {
  return see('pods by revision', (stage) => {
    const actual = Object.fromEntries(Object.keys(pods).map((revision) => [revision, podsOf(stage, Number(revision)).length]));
    assert.deepEqual(actual, Object.fromEntries(Object.entries(pods)));
  });
}

export function seePhase(phase: string): Move {
  return see('phase', (stage) => assert.equal(phaseOf(stage), phase));
}

/** `spec.replicas`, and the four counts of the status. */
export function seeCounts(desired: number, replicas: number, updated: number, ready: number, available: number): Move {
  return see('desired, replicas, updated, ready and available', (stage) => {
    const { replicas: all, updatedReplicas, readyReplicas, availableReplicas } = statusOf(stage);
    const wanted = viewRollout(rolloutOf(stage))?.spec.replicas;
    assert.deepEqual([wanted, all, updatedReplicas, readyReplicas, availableReplicas], [desired, replicas, updated, ready, available]);
  });
}

export function hashOfRevision(stage: Pick<Stage, 'sim'>, revision: number): string {
  const set = replicaSetOf(stage, revision);
  assert.ok(set !== undefined, `there is no ReplicaSet of revision ${revision}`);
  return hashOf(set) ?? '';
}

/** The revision that a Service selects; none for a Service without a hash. */
export function seeService(name: string, revision: number | undefined): Move {
  return see(`Service ${name}`, (stage) => {
    const service = stage.sim.snapshot(SERVICE).find((object) => object.metadata.name === name);
    assert.ok(service !== undefined);
    const hash = selectorOf(service)[POD_TEMPLATE_HASH];
    assert.equal(hash, revision === undefined ? undefined : hashOfRevision(stage, revision));
  });
}

export function seeStatus(what: string, look: (status: Status) => void): Move {
  return see(what, (stage) => look(statusOf(stage)));
}

/** A condition of the Rollout. */
export function seeCondition(type: string, status: string, reason?: string): Move {
  return seeStatus(`condition ${type}`, (all) => {
    const found = all.conditions?.find((condition) => condition.type === type);
    assert.equal(found?.status, status);
    if (reason !== undefined) assert.equal(found?.reason, reason);
  });
}

type Options = Partial<Omit<Scenario, 'manifests' | 'timeline'>>;

/**
 * Plays moves one after the other against the real controller in a simulated cluster, from manifests whose `apiVersion` alone may come from elsewhere,
 * and requires that no invariant is violated on the way and that the controller comes to rest at the end.
 */
export async function play(manifests: string, moves: readonly Move[], options: Options = {}): Promise<ScenarioRun> {
  let clock: Clock | undefined;
  const running = (): Clock => {
    if (clock === undefined) throw new Error('the controller has not started yet');
    return clock;
  };
  const given = parseManifests(manifests).map((object) => ({ ...object, metadata: { namespace: 'shop', ...object.metadata } }));
  const start = options.startController ?? startManager();
  const run = await runScenario({
    crds: ownCrds(),
    settle: '2m',
    ...options,
    manifests: [...parseManifests(PLATFORM), ...given],
    startController: (deps) => {
      clock = deps.clock;
      return start(deps);
    },
    timeline: moves.flatMap((move) => move.turns(running)).map((action) => at('0s', action)),
    until: { what: 'all moves are made', holds: () => true },
  });
  assert.equal(run.problems, '');
  return run;
}
