import { ROLLOUT } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import { type RolloutView, viewRollout } from '../../src/sim/invariants/world-view.ts';
import type { Scenario, ScenarioRun } from '../../src/sim/scenario/run-scenario.ts';
import { type Action, perform, type Stage } from '../../src/sim/scenario/timeline.ts';
import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';
import { startManager } from './start-manager.ts';

const CRDS = ownCrds();

/** What differs between the Rollouts of these tests; every text is YAML in flow style. */
export interface Web {
  readonly name?: string;
  readonly tag?: string;
  readonly replicas?: number;
  readonly steps?: string;
  /** More fields of `strategy.canary`, each on a line of its own. */
  readonly canary?: string;
  /** More fields of `spec`, each on a line of its own. */
  readonly spec?: string;
  readonly annotations?: string;
}

const STEPS = '[{setWeight: 25}, {pause: {duration: 30s}}, {setWeight: 50}, {pause: {duration: 30s}}]';

/** Steps of a release that waits for a person at 25. */
export const FOR_EVER = '[{setWeight: 25}, {pause: {}}]';

/** A Rollout `shop/web` with two Services, four replicas and two weights. */
export function web(options: Web = {}): string {
  const { name = 'web', tag = 'v1', replicas = 4, steps = STEPS } = options;
  return `
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: ${name}, namespace: shop, annotations: ${options.annotations ?? '{}'}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: web, image: "web:${tag}"}]}
${indent(options.spec, 2)}
  strategy:
    canary:
      stableService: ${name}-stable
      canaryService: ${name}-canary
      steps: ${steps}
${indent(options.canary ?? 'maxSurge: 1\nmaxUnavailable: 0', 6)}
`;
}

function indent(text: string | undefined, by: number): string {
  return (text ?? '')
    .split('\n')
    .map((line) => (line === '' ? '' : ' '.repeat(by) + line))
    .join('\n');
}

/** Services of the namespace `shop` that select every pod of this app. */
export function servicesOf(app: string, ...names: readonly string[]): string {
  return names
    .map(
      (name) => `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop}
spec: {selector: {app: ${app}}, ports: [{port: 80, targetPort: 8080}]}
`,
    )
    .join('---');
}

/** The stable and the canary Service of a Rollout. */
export function services(name = 'web'): string {
  return servicesOf(name, `${name}-stable`, `${name}-canary`);
}

/** What a platform team sets up: the namespace and the metrics. */
export const PLATFORM = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: sluice.dev/v1alpha1
kind: MetricProvider
metadata: {name: default}
spec: {prometheus: {address: http://prometheus.monitoring:9090}}
`;

/** A template that measures `success` three times, ten seconds apart; the second bad one is a breach. */
export function template(more = ''): string {
  return `
apiVersion: sluice.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: success, namespace: shop}
spec:
  metrics:
  - name: success
    interval: 10s
    count: 3
    failureLimit: 1
${indent(more, 4)}
    successCondition: result[0] >= 0.95
    provider: {prometheus: {query: success}}
`;
}

/** Weight 25, an analysis, weight 50, an analysis. */
export const JUDGED_STEPS =
  '[{setWeight: 25}, {analysis: {templates: [{templateName: success}]}}, {setWeight: 50}, {analysis: {templates: [{templateName: success}]}}]';

/** A scenario with the real manager, the platform's objects and these manifests. */
export function scenario(
  manifests: readonly string[],
  rest: Omit<Scenario, 'crds' | 'manifests' | 'startController'> & Partial<Scenario>,
): Scenario {
  return { crds: CRDS, manifests: [PLATFORM, ...manifests].join('\n---\n'), startController: startManager(), limit: '20m', ...rest };
}

export function findRollout(stage: Pick<Stage, 'sim'>, ref: string): KubeObject | undefined {
  return stage.sim.snapshot(ROLLOUT).find((object) => `${object.metadata.namespace}/${object.metadata.name}` === ref);
}

function currentHash(stage: Pick<Stage, 'sim'>, ref: string): string {
  return viewRollout(findRollout(stage, ref))?.status.currentPodHash ?? '';
}

function annotated(what: string, ref: string, name: string, value: (hash: string) => string): Action {
  const [namespace, object = ''] = ref.split('/');
  return perform(what, ({ cluster, sim }) =>
    cluster.patch(
      ROLLOUT,
      { namespace, name: object },
      { type: 'merge', body: { metadata: { annotations: { [name]: value(currentHash({ sim }, ref)) } } } },
      { fieldManager: 'kubectl-sluice' },
    ),
  );
}

/** What `kubectl sluice VERB` writes, with the hash that is current at that time. */
export function ask(verb: string, id: string, ref = 'shop/web'): Action {
  return annotated(`${verb} of ${ref} is asked for`, ref, 'sluice.dev/request', (hash) => `${verb}:${hash}@${id}`);
}

/** What `kubectl sluice abort` writes. */
export function askAbort(id: string, ref = 'shop/web'): Action {
  return annotated(`abort of ${ref} is asked for`, ref, 'sluice.dev/abort', (hash) => `${hash}@${id}`);
}

/** Until `shop/web` is Healthy and has had this many revisions. */
export function healthyAt(revision: number, ref = 'shop/web'): Until {
  return rolloutIs(ref, 'Healthy', (status) => status['revision'] === revision && status.currentPodHash === status.stableRS);
}

/** Until `shop/web` is in this phase while a new revision is under test. */
export function halted(phase: 'Degraded' | 'Paused' | 'Progressing', ref = 'shop/web'): Until {
  return rolloutIs(ref, phase, (status) => status.currentPodHash !== status.stableRS);
}

/** The status of a Rollout at the end of a run. */
export function statusAtEnd(run: Pick<ScenarioRun, 'sim'>, ref = 'shop/web'): RolloutView['status'] & Readonly<Record<string, unknown>> {
  const status = viewRollout(findRollout(run, ref))?.status;
  if (status === undefined) throw new Error(`there is no readable Rollout ${ref} at the end`);
  return status;
}

/** The conditions of a Rollout at the end of a run as `Type=Status/Reason`. */
export function conditionsAtEnd(run: Pick<ScenarioRun, 'sim'>, ref = 'shop/web'): readonly string[] {
  const conditions = statusAtEnd(run, ref)['conditions'] as readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
  }[];
  return conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`);
}
