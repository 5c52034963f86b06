/** The demo's namespace and its one service. */
export const NAMESPACE = 'shop';
export const SERVICE_NAME = 'checkout';

/** What a version of the service is made of: its image and its configuration, in one commit. */
export interface Release {
  readonly image: string;
  readonly paymentTimeout: string;
}

const ANALYSIS = `analysis:
            templates: [{templateName: success-rate}]
            args:
              - {name: service, value: checkout}
              - {name: canary-hash, valueFrom: {podTemplateHashValue: Latest}}
              - {name: window, value: 4s}`;

/** The service team's Rollout: five replicas, two weights, each judged by its success rate. */
export function rolloutManifest(release: Release): string {
  return `apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata:
  name: checkout
spec:
  replicas: 5
  selector:
    matchLabels: {app: checkout}
  template:
    metadata:
      labels: {app: checkout}
    spec:
      containers:
        - name: checkout
          image: ${release.image}
          envFrom:
            - configMapRef: {name: checkout-config}
  strategy:
    canary:
      stableService: checkout-stable
      canaryService: checkout-canary
      maxSurge: 2
      maxUnavailable: 0
      steps:
        - setWeight: 20
        - ${ANALYSIS}
        - setWeight: 60
        - ${ANALYSIS}
  rollback:
    onFailure: Revert
`;
}

/** The shipped template of analysis-templates/success-rate.yaml, with measurements every second instead of every ten, from `initialDelay` on. */
export function successRateManifest(initialDelay: string): string {
  return `apiVersion: sluice.dev/v1alpha1
kind: AnalysisTemplate
metadata:
  name: success-rate
spec:
  args:
  - name: service
  - name: canary-hash
  - name: window
    value: 1m
  - name: min-success-rate
    value: "0.95"
  metrics:
  - name: success-rate
    initialDelay: ${initialDelay}
    interval: 1s
    count: 4
    failureLimit: 1
    inconclusiveLimit: 3
    noData: Pause
    successCondition: result[0] >= {{args.min-success-rate}}
    provider:
      prometheus:
        # \`or vector(0)\`: when every request fails there is no good series at all, and that is 0, not "no data".
        query: |
          (sum(rate(http_requests_total{service="{{args.service}}",pod_template_hash="{{args.canary-hash}}",code!~"5.."}[{{args.window}}])) or vector(0))
          /
          sum(rate(http_requests_total{service="{{args.service}}",pod_template_hash="{{args.canary-hash}}"}[{{args.window}}]))
`;
}

/** The configuration that goes with the image. */
export function configMapManifest(release: Release): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: checkout-config
data:
  # How long checkout waits for the payment provider.
  PAYMENT_TIMEOUT: ${release.paymentTimeout}
`;
}

/** One Service for the traffic, one for each side. */
export function servicesManifest(): string {
  return ['checkout', 'checkout-stable', 'checkout-canary']
    .map(
      (name) =>
        `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  selector: {app: checkout}\n  ports: [{name: http, port: 80, targetPort: 8080}]\n`,
    )
    .join('---\n');
}

/** An unrelated service's configuration, by another team in the same directory: a restore must leave it alone. */
export function bannerManifest(text: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: banner
data:
  text: ${text}
`;
}

/** What the platform team set up once: the namespace, what GitSync may do in it, where metrics are, and which repository may be written. */
export function platformManifests(options: { readonly repository: string; readonly prometheus: string }): string {
  return `apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: sluice-sync, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: sluice-sync, namespace: shop}
rules:
  - {apiGroups: [sluice.dev], resources: [rollouts, analysistemplates], verbs: [get, list, create, patch, delete]}
  - {apiGroups: [''], resources: [configmaps, services], verbs: [get, list, create, patch, delete]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: sluice-sync, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: sluice-sync}
subjects: [{kind: ServiceAccount, name: sluice-sync, namespace: shop}]
---
apiVersion: sluice.dev/v1alpha1
kind: MetricProvider
metadata: {name: default}
spec:
  prometheus: {address: '${options.prometheus}'}
---
apiVersion: sluice.dev/v1alpha1
kind: GitTarget
metadata: {name: shop}
spec:
  url: ${options.repository}
  branch: main
  paths: [{prefix: shop, namespaces: [shop]}]
---
apiVersion: sluice.dev/v1alpha1
kind: GitSync
metadata: {name: shop, namespace: shop}
spec:
  url: ${options.repository}
  branch: main
  path: shop
  interval: 1s
  serviceAccountName: sluice-sync
`;
}
