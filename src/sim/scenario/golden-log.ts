import { z } from 'zod';
import { ANALYSIS_RUN, DEPLOYMENT, GIT_SYNC, REPLICA_SET, ROLLOUT, SERVICE } from '../../api/kinds.ts';
import { POD_METADATA, POD_METADATA_PENDING, REVISION, STEP_INDEX } from '../../api/labels.ts';
import type { KubeObject } from '../../api/metadata.ts';
import { type Instant, instant, type Millis, millis } from '../../api/time.ts';
import { memoByObject } from '../../core/identity/memo-by-object.ts';
import type { SimWrite } from '../cluster/sim-types.ts';
import { countsOf, hashOf, kindKey, type RolloutView, viewRollout } from '../invariants/world-view.ts';
import type { AppliedRoute } from '../router/applied-config.ts';
import { controllerUid } from '../world/replica-set-controller.ts';
import { createRouteStory } from './route-story.ts';
import { serviceLines } from './service-lines.ts';
import { sinceStart } from './since-start.ts';
import { stepText } from './step-text.ts';

/** One line of the story: when, and what was seen. */
export interface GoldenLine {
  /** After the start of the scenario. */
  readonly at: Millis;
  readonly text: string;
}

export interface GoldenLog {
  observe(write: SimWrite): void;
  /** The data plane went over to this configuration of a route. */
  observeApplied(route: string, after: AppliedRoute | undefined): void;
  /** Something that no write shows: a person's act, a crash. */
  note(text: string): void;
  lines(): readonly GoldenLine[];
}

const statusSchema = z.looseObject({
  status: z
    .looseObject({
      phase: z.string().optional(),
      revision: z.int().optional(),
      pauseConditions: z.array(z.looseObject({ reason: z.string() })).optional(),
      rollback: z.looseObject({ state: z.string(), reason: z.string().optional() }).optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string() })).optional(),
      lastAppliedRevision: z.string().optional(),
      metricResults: z
        .array(z.looseObject({ name: z.string(), measurements: z.array(z.looseObject({ value: z.string().optional() })).optional() }))
        .optional(),
    })
    .default({}),
});

type Status = z.infer<typeof statusSchema>['status'];

const readStatus = memoByObject((object: KubeObject): Status => statusSchema.safeParse(object).data?.status ?? {});

function statusOf(object: KubeObject | undefined): Status {
  return object === undefined ? {} : readStatus(object);
}

function valuesOf(status: Status): string {
  const values = (status.metricResults ?? []).flatMap((result) => {
    const value = result.measurements?.at(-1)?.value;
    return value === undefined ? [] : [`${result.name} ${value}`];
  });
  return values.length === 0 ? '' : ` (${values.join(', ')})`;
}

interface Now {
  now(): Instant;
}

class Storyteller implements GoldenLog {
  readonly #clock: Now;
  readonly #start: Instant;
  readonly #lines: GoldenLine[] = [];
  readonly #replicaSets = new Map<string, KubeObject>();
  readonly #routes = createRouteStory((hash) => this.#revision(hash));
  readonly #ordinals = new Map<string, string>();
  readonly #commits = new Map<string, string>();

  constructor(clock: Now, start: Instant) {
    this.#clock = clock;
    this.#start = start;
  }

  lines(): readonly GoldenLine[] {
    return [...this.#lines];
  }

  note(text: string): void {
    this.#say(text);
  }

  observe({ request, before, after }: SimWrite): void {
    const kind = kindKey(request.kind);
    if (kind === kindKey(ROLLOUT)) this.#onRollout(before, after);
    if (kind === kindKey(REPLICA_SET)) this.#onReplicaSet(before, after);
    if (kind === kindKey(DEPLOYMENT)) this.#onDeployment(before, after);
    if (kind === kindKey(SERVICE)) this.#onService(before, after);
    if (kind === kindKey(ANALYSIS_RUN)) this.#onAnalysisRun(before, after);
    if (kind === kindKey(GIT_SYNC)) this.#onGitSync(before, after);
    for (const line of this.#routes.observe(request.kind, before, after)) this.#say(line);
  }

  observeApplied(route: string, after: AppliedRoute | undefined): void {
    this.#say(this.#routes.applied(route, after));
  }

  #say(text: string): void {
    this.#lines.push({ at: millis(this.#clock.now() - this.#start), text });
  }

  /** Pods that become ready at the same moment make one line. */
  #sayAvailable(name: string, counts: { readonly available: number; readonly spec: number }): void {
    const last = this.#lines.at(-1);
    const same = last?.at === this.#clock.now() - this.#start && last.text.startsWith(`${name}: `) && last.text.endsWith(' available');
    if (same) this.#lines.pop();
    this.#say(`${name}: ${counts.available}/${counts.spec} available`);
  }

  #revision(hash: string | undefined): string {
    if (hash === undefined || hash === '') return 'none';
    const known = this.#ordinals.get(hash) ?? `r${this.#ordinals.size + 1}`;
    this.#ordinals.set(hash, known);
    return known;
  }

  #commit(id: string): string {
    const known = this.#commits.get(id) ?? `commit ${this.#commits.size + 1}`;
    this.#commits.set(id, known);
    return known;
  }

  #sizes(rollout: RolloutView): string {
    return [...this.#replicaSets.values()]
      .filter((replicaSet) => controllerUid(replicaSet) === rollout.metadata.uid && countsOf(replicaSet).spec > 0)
      .map((replicaSet) => `${this.#revision(hashOf(replicaSet))} ${countsOf(replicaSet).ready}/${countsOf(replicaSet).spec} ready`)
      .sort()
      .join(', ');
  }

  #headline(object: KubeObject): string {
    const rollout = viewRollout(object);
    if (rollout === undefined) return 'unreadable';
    const { status } = rollout;
    const own = statusOf(object);
    const stalled = own.conditions?.find((condition) => condition.type === 'Stalled' && condition.status === 'True');
    const waiting = own.conditions?.find((condition) => condition.type === 'Ready' && condition.reason.startsWith('Config'));
    const pauses = (own.pauseConditions ?? []).map((pause) => pause.reason).join(', ');
    const steps = rollout.spec.strategy.canary?.steps ?? [];
    return [
      status.phase ?? 'no phase',
      status.currentPodHash === status.stableRS ? '' : stepText(steps, status.currentStepIndex),
      pauses === '' ? '' : `paused: ${pauses}`,
      status.abort === true ? 'aborted' : '',
      status.promoteFull === true ? 'promoted in full' : '',
      own.rollback === undefined
        ? ''
        : `rollback ${own.rollback.state}${own.rollback.reason === undefined ? '' : ` (${own.rollback.reason})`}`,
      stalled === undefined ? '' : `stalled: ${stalled.reason}`,
      waiting === undefined ? '' : `waits: ${waiting.reason}`,
      status.currentPodHash === status.stableRS
        ? `stable ${this.#revision(status.stableRS)}`
        : `canary ${this.#revision(status.currentPodHash)}, stable ${this.#revision(status.stableRS)}`,
    ]
      .filter((part) => part !== '')
      .join('; ');
  }

  #onRollout(before: KubeObject | undefined, after: KubeObject | undefined): void {
    const name = (after ?? before)?.metadata.name;
    if (after === undefined) return this.#say(`rollout ${name}: gone`);
    const rollout = viewRollout(after);
    const { currentPodHash } = rollout?.status ?? {};
    const ordinal = statusOf(after).revision;
    if (currentPodHash !== undefined && ordinal !== undefined && !this.#ordinals.has(currentPodHash)) {
      this.#ordinals.set(currentPodHash, `r${ordinal}`);
    }
    const next = this.#headline(after);
    if (rollout === undefined || (before !== undefined && this.#headline(before) === next) || after['status'] === undefined)
      return undefined;
    if (rollout.status.phase === undefined) return undefined;
    const counts = this.#sizes(rollout);
    return this.#say(`rollout ${name}: ${next}${counts === '' ? '' : `; ${counts}`}`);
  }

  #onReplicaSet(before: KubeObject | undefined, after: KubeObject | undefined): void {
    const object = after ?? before;
    if (object === undefined) return;
    const key = object.metadata.uid ?? object.metadata.name;
    const hash = hashOf(object);
    // Of a Deployment: its own line tells its size.
    if (hash === undefined) return;
    const ordinal = object.metadata.annotations?.[REVISION];
    if (ordinal !== undefined && !this.#ordinals.has(hash)) this.#ordinals.set(hash, `r${ordinal}`);
    const name = `replicas of ${this.#revision(hash)}`;
    if (after === undefined) {
      this.#replicaSets.delete(key);
      this.#say(`${name}: ReplicaSet gone`);
      return;
    }
    this.#replicaSets.set(key, after);
    if (before !== undefined) this.#onPodMetadata(name, before.metadata.annotations ?? {}, after.metadata.annotations ?? {});
    const [had, has] = [before === undefined ? undefined : countsOf(before), countsOf(after)];
    if (had?.spec !== has.spec) this.#say(`${name}: ${had === undefined ? 'created with' : `${had.spec} ->`} ${has.spec}`);
    if (had !== undefined && had.available !== has.available) this.#sayAvailable(name, has);
  }

  #onPodMetadata(name: string, before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): void {
    if (before[POD_METADATA] !== after[POD_METADATA]) this.#say(`${name}: pods get ${after[POD_METADATA] ?? 'nothing'}`);
    if (before[POD_METADATA_PENDING] !== undefined && after[POD_METADATA_PENDING] === undefined) this.#say(`${name}: all pods have it`);
  }

  #onDeployment(before: KubeObject | undefined, after: KubeObject | undefined): void {
    if (before === undefined || after === undefined) return;
    const [had, has] = [countsOf(before), countsOf(after)];
    const name = `deployment ${after.metadata.name}`;
    if (had.spec !== has.spec) this.#say(`${name}: ${had.spec} -> ${has.spec}`);
    if (had.available !== has.available) this.#sayAvailable(name, has);
  }

  #onService(before: KubeObject | undefined, after: KubeObject | undefined): void {
    for (const line of serviceLines(before, after, (hash) => this.#revision(hash))) this.#say(line);
  }

  #onAnalysisRun(before: KubeObject | undefined, after: KubeObject | undefined): void {
    if (after === undefined) return;
    const [was, is] = [statusOf(before).phase, statusOf(after).phase];
    const step = after.metadata.labels?.[STEP_INDEX];
    const name = `analysis of ${this.#revision(hashOf(after))}${step === undefined ? '' : ` at step ${Number(step) + 1}`}`;
    if (before === undefined) this.#say(`${name}: started`);
    else if (was !== is && is !== 'Running' && is !== 'Pending') this.#say(`${name}: ${is}${valuesOf(statusOf(after))}`);
  }

  #onGitSync(before: KubeObject | undefined, after: KubeObject | undefined): void {
    const [was, is] = [statusOf(before).lastAppliedRevision, statusOf(after).lastAppliedRevision];
    if (after !== undefined && is !== undefined && is !== was) this.#say(`gitsync ${after.metadata.name}: applied ${this.#commit(is)}`);
  }
}

/** Tells a run from its writes: a line whenever something changed that a person would want to know, with ordinals in place of hashes and commits. */
export function createGoldenLog(clock: Now, start: Instant): GoldenLog {
  return new Storyteller(clock, start);
}

/** The story as text, a line each: `t+00:30 rollout web: ...`. */
export function renderLog(lines: readonly GoldenLine[]): string {
  return lines.map((line) => `${sinceStart(instant(line.at), instant(0))} ${line.text}\n`).join('');
}
