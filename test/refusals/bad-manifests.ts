/** Where design section 2 wants a bad manifest refused, first of all. */
export type Side = 'kubectl' | 'schema' | 'condition';

export interface BadManifest {
  readonly what: string;
  readonly manifest: string;
  /**
   * `kubectl`: an unknown field, refused by strict validation. `schema`: the CRD's schema or one of its CEL rules. `condition`: only the controller can see it,
   * and says so with the reason in `reason`.
   */
  readonly side: Side;
  readonly reason?: string;
  /** As every side names it. */
  readonly field: string;
  /** Words of what would be right, in lint and in conditions. */
  readonly remedy: RegExp;
  /** Words of the API server's refusal beside the field. */
  readonly server?: RegExp;
  /** The cluster decides, so that lint of one file cannot see it. */
  readonly lintSilent?: true;
}

interface Parts {
  readonly spec?: string;
  readonly selector?: string;
  readonly strategy?: string;
}

function rollout({ spec = '', selector = '{matchLabels: {app: bad}}', strategy = '{canary: {steps: [{setWeight: 20}]}}' }: Parts): string {
  return `apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: bad, namespace: shop}
spec:
  replicas: 1
  selector: ${selector}
  template: {metadata: {labels: {app: bad}}, spec: {containers: [{name: app, image: 'bad:1'}]}}
  strategy: ${strategy}
${spec}`;
}

function template(metric: string): string {
  return `apiVersion: sluice.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: bad, namespace: shop}
spec:
  metrics:
  - {name: errors, ${metric}}
`;
}

const PROMETHEUS = 'provider: {prometheus: {query: up}}';

/** One row for each bad manifest that the refusal tests know. */
export const BAD_MANIFESTS: readonly BadManifest[] = [
  { what: 'an unknown field', manifest: rollout({ spec: '  replica: 2\n' }), side: 'kubectl', field: 'spec.replica', remedy: /replicas/u },
  {
    what: 'two kinds in one step',
    manifest: rollout({ strategy: '{canary: {steps: [{setWeight: 20, pause: {}}]}}' }),
    side: 'schema',
    field: 'spec.strategy.canary.steps[0]',
    remedy: /one/u,
  },
  {
    what: 'a negative weight',
    manifest: rollout({ strategy: '{canary: {steps: [{setWeight: -1}]}}' }),
    side: 'schema',
    field: 'spec.strategy.canary.steps[0].setWeight',
    remedy: /use 0 or more/u,
  },
  {
    what: 'a Service that is not there',
    manifest: rollout({ strategy: '{canary: {canaryService: nowhere, steps: [{setWeight: 20}]}}' }),
    side: 'condition',
    reason: 'InvalidSpec',
    field: 'spec.strategy.canary.canaryService',
    remedy: /create/u,
    lintSilent: true,
  },
  {
    what: 'an empty selector',
    manifest: rollout({ selector: '{matchLabels: {}}' }),
    side: 'schema',
    field: 'spec.selector',
    remedy: /label/u,
  },
  {
    what: 'a duration that is none',
    manifest: rollout({ strategy: '{canary: {steps: [{pause: {duration: 5 minutes}}]}}' }),
    side: 'schema',
    field: 'spec.strategy.canary.steps[0].pause.duration',
    remedy: /5m/u,
  },
  {
    what: 'both strategies',
    manifest: rollout({ strategy: '{canary: {}, blueGreen: {activeService: a}}' }),
    side: 'schema',
    field: 'spec.strategy',
    remedy: /one/u,
  },
  {
    what: 'an analysis of a preview without pods',
    manifest: rollout({
      strategy: '{blueGreen: {activeService: a, previewReplicaCount: 0, prePromotionAnalysis: {templates: [{templateName: t}]}}}',
    }),
    side: 'schema',
    field: 'spec.strategy.blueGreen.previewReplicaCount',
    remedy: /raise it or remove one/u,
  },
  {
    what: 'a router, which is not there yet',
    manifest: rollout({
      strategy: '{canary: {stableService: s, canaryService: c, trafficRouting: {smi: {rootService: r}}, steps: [{setWeight: 20}]}}',
    }),
    side: 'condition',
    reason: 'Unsupported',
    field: 'spec.strategy.canary.trafficRouting.smi',
    remedy: /remove/u,
  },
  {
    what: 'a gate step, which is not there yet',
    manifest: rollout({ strategy: '{canary: {steps: [{gate: {}}]}}' }),
    side: 'condition',
    reason: 'Unsupported',
    field: 'spec.strategy.canary.steps[0].gate',
    remedy: /analysis/u,
  },
  {
    what: 'a condition that is no CEL',
    manifest: template(`successCondition: 'result[0] >=', ${PROMETHEUS}`),
    side: 'condition',
    reason: 'InvalidSpec',
    field: 'spec.metrics[0].successCondition',
    remedy: /result/u,
  },
  {
    what: 'a metric provider that nobody knows',
    manifest: template("successCondition: 'result[0] > 1', provider: {prometeus: {query: up}}"),
    side: 'kubectl',
    field: 'spec.metrics[0].provider.prometeus',
    remedy: /prometheus/u,
  },
  {
    what: 'a metric provider that is not there yet',
    manifest: template("successCondition: 'result[0] > 1', provider: {datadog: {query: up}}"),
    side: 'condition',
    reason: 'Unsupported',
    field: 'spec.metrics[0].provider.datadog',
    remedy: /prometheus/u,
  },
  {
    what: 'a GitSync without a service account',
    manifest:
      "apiVersion: sluice.dev/v1alpha1\nkind: GitSync\nmetadata: {name: bad, namespace: shop}\nspec: {url: 'https://git.example.com/a', branch: main, path: a}\n",
    side: 'condition',
    reason: 'InvalidSpec',
    field: 'spec.serviceAccountName',
    remedy: /service account/iu,
  },
  {
    what: 'a GitTarget with a password in its URL',
    manifest:
      "apiVersion: sluice.dev/v1alpha1\nkind: GitTarget\nmetadata: {name: bad}\nspec: {url: 'https://me:hunter2@git.example.com/a', branch: main, paths: [{prefix: a, namespaces: [shop]}]}\n",
    side: 'schema',
    field: 'spec.url',
    remedy: /credential|Secret/u,
  },
];
