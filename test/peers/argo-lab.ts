import type { AnalysisRunStatus, MetricResult } from '../../src/api/analysis.ts';
import { ANALYSIS_RUN, REPLICA_SET, SERVICE } from '../../src/api/kinds.ts';
import { ANALYSIS_TYPE, POD_TEMPLATE_HASH, REVISION, STEP_INDEX } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import type { Instant } from '../../src/api/time.ts';
import type { MetricReply } from '../../src/ports/metrics.ts';
import type { ScriptedRule } from '../../src/sim/metrics/scripted-source.ts';
import { runScenario, type Scenario, type ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { type Action, apply, perform, type Stage, type TimelineEvent } from '../../src/sim/scenario/timeline.ts';
import type { Until } from '../../src/sim/scenario/until.ts';
import { SIMULATED_CRDS } from '../../src/sim/scenario-file/simulated-crds.ts';
import { findRollout, PLATFORM, servicesOf, type statusAtEnd } from '../rollouts/lab.ts';
import { startManager } from '../rollouts/start-manager.ts';

/** A manifest as it stands in a repository of Argo Rollouts' users, moved over: nothing but its apiVersion is another one. */
export function moved(manifest: string): string {
  return manifest.replaceAll('argoproj.io/v1alpha1', 'sluice.dev/v1alpha1');
}

/** A Rollout `shop/web` of Argo Rollouts with one replica; `strategy` is YAML in flow style, `tag` makes another revision. */
export function argoRollout(
  strategy: string,
  options: { readonly tag?: string; readonly replicas?: number; readonly spec?: string } = {},
): string {
  const { tag = 'v1', replicas = 1, spec = '' } = options;
  return `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:${tag}", ports: [{containerPort: 8080}]}]}
  ${spec}
  strategy: ${strategy}
`;
}

/** Services that select the pods of `shop/web`. */
export function argoServices(...names: readonly string[]): string {
  return servicesOf('web', ...names);
}

/** An AnalysisTemplate of one Job that is named after its metric; `more` adds fields of the metric, each on a line of its own. */
export function jobTemplate(name: string, more: readonly string[] = ['count: 1']): string {
  return `
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: ${name}, namespace: shop}
spec:
  args: [{name: duration, value: "0"}, {name: exit-code, value: "0"}]
  metrics:
  - name: ${name}
${more.map((line) => `    ${line}`).join('\n')}
    provider:
      job:
        spec:
          backoffLimit: 0
          template:
            spec:
              restartPolicy: Never
              containers: [{name: check, image: "tools:1", command: [sh, -c], args: ["sleep {{args.duration}} && exit {{ args.exit-code }}"]}]
`;
}

/** How a Job goes. */
export type JobStory = 'completes' | 'fails' | 'runs on' | 'cannot start';

function jobReply(name: string, story: JobStory): MetricReply {
  const finished = (outcome: 'Successful' | 'Failed' | 'Inconclusive', message: string): MetricReply => ({
    kind: 'finished',
    job: name,
    outcome,
    message,
  });
  switch (story) {
    case 'completes':
      return finished('Successful', 'Job completed');
    case 'fails':
      return finished('Failed', 'Job failed (DeadlineExceeded)');
    case 'cannot start':
      return finished('Inconclusive', 'container check cannot start (ErrImagePull)');
    case 'runs on':
      return { kind: 'running', job: name };
  }
}

/** Every Job of this metric goes like this: for good, or by the time. */
export function jobs(metric: string, story: JobStory | ((at: Instant) => JobStory)): ScriptedRule {
  return { match: metric, value: (at) => jobReply(`${metric}-job`, typeof story === 'string' ? story : story(at)) };
}

/** What a web endpoint answers; `match` is a part of its method, address and path. */
export function answers(match: string, value: Extract<MetricReply, { kind: 'json' }>['value']): ScriptedRule {
  return { match, value: () => ({ kind: 'json', value }) };
}

export interface ArgoStory {
  readonly manifests: readonly string[];
  readonly timeline: readonly TimelineEvent[];
  readonly until: Until;
  readonly rules?: readonly ScriptedRule[];
  readonly more?: Partial<Scenario>;
}

/** Plays manifests of Argo Rollouts' with the real manager, addresses in templates allowed, as a platform team does on the move. */
export function playArgo({ manifests, timeline, until, rules = [], more = {} }: ArgoStory): Promise<ScenarioRun> {
  return runScenario({
    crds: [...ownCrds(), ...SIMULATED_CRDS],
    manifests: [PLATFORM, ...manifests.map(moved)].join('\n---\n'),
    startController: startManager({ rules, inlineEndpoints: true }),
    limit: '30m',
    settle: '60s',
    timeline,
    until,
    ...more,
  });
}

/** Applies manifests of Argo Rollouts', moved over. */
export function applyArgo(manifest: string): Action {
  return apply(moved(manifest));
}

/** One fact about the cluster, to be looked at in the middle of a story. */
export function look(what: string, at: (stage: Stage) => void): Action {
  return perform(`looked: ${what}`, (stage) => at(stage));
}

export interface SeenRun {
  readonly name: string;
  readonly type: string;
  readonly step: string | undefined;
  readonly phase: string;
  readonly object: KubeObject;
}

/** The AnalysisRuns that there are, by name. */
export function runsOf(stage: Pick<Stage, 'sim'>): readonly SeenRun[] {
  return stage.sim
    .snapshot(ANALYSIS_RUN)
    .map((object) => ({
      name: object.metadata.name,
      type: object.metadata.labels?.[ANALYSIS_TYPE] ?? '',
      step: object.metadata.labels?.[STEP_INDEX],
      phase: (object['status'] as { readonly phase?: string } | undefined)?.phase ?? '',
      object,
    }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** `Type Phase` of every AnalysisRun. */
export function phasesOf(stage: Pick<Stage, 'sim'>): readonly string[] {
  return runsOf(stage).map(({ type, phase }) => `${type} ${phase}`);
}

/** The results of the metrics of the only run. */
export function metricsOf(stage: Pick<Stage, 'sim'>): readonly MetricResult[] {
  const [only] = runsOf(stage);
  return (only?.object['status'] as AnalysisRunStatus | undefined)?.metricResults ?? [];
}

/** Phase and message of `shop/web`. */
export function rolloutOf(stage: Pick<Stage, 'sim'>): {
  readonly phase: string;
  readonly message: string;
  readonly status: ReturnType<typeof statusAtEnd>;
} {
  const status = (findRollout(stage, 'shop/web')?.['status'] ?? {}) as ReturnType<typeof statusAtEnd>;
  return { phase: status.phase ?? '', message: status.message ?? '', status };
}

function revisionOf(stage: Pick<Stage, 'sim'>, hash: string | undefined): string {
  const set = stage.sim.snapshot(REPLICA_SET).find((object) => object.metadata.labels?.[POD_TEMPLATE_HASH] === hash);
  return set?.metadata.annotations?.[REVISION] ?? 'none';
}

/** The revision that a Service selects. */
export function selectedRevision(stage: Pick<Stage, 'sim'>, service: string): string {
  const found = stage.sim.snapshot(SERVICE).find((object) => object.metadata.name === service);
  const selector = (found?.['spec'] as { readonly selector?: Readonly<Record<string, string>> } | undefined)?.selector;
  return revisionOf(stage, selector?.[POD_TEMPLATE_HASH]);
}

/** The revision that is stable. */
export function stableRevision(stage: Pick<Stage, 'sim'>): string {
  return revisionOf(stage, rolloutOf(stage).status.stableRS);
}

/** `spec.replicas` of the ReplicaSet of a revision. */
export function sizeOf(stage: Pick<Stage, 'sim'>, revision: string): number | undefined {
  const set = stage.sim.snapshot(REPLICA_SET).find((object) => object.metadata.annotations?.[REVISION] === revision);
  return (set?.['spec'] as { readonly replicas?: number } | undefined)?.replicas;
}
