export const NAMESPACE = 'shop';
/** Secrets of the controller's namespace that the chart has to grant. */
export const GIT_SECRET = 'shop-git';

/** One version of the service, in one commit: its image, how it answers, and its configuration. */
export interface Release {
  readonly tag: string;
  readonly errorRate: number;
  readonly paymentTimeout: string;
  /** Five when absent. */
  readonly replicas?: number;
  /** Named in the Rollout; found by where the manifests come from when absent. */
  readonly gitTarget?: string;
  /** `trafficRouting` of the canary; by replica counts when absent. */
  readonly routing?: Readonly<Record<string, unknown>>;
}

/** What the platform team sets up once. */
export function platform(options: {
  readonly repository: string;
  readonly credential: Readonly<Record<string, string>>;
  readonly prometheus: string;
}): string {
  const credential = JSON.stringify(options.credential);
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
  - {apiGroups: [''], resources: [secrets], verbs: [get], resourceNames: [deploy-key]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: sluice-sync, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: sluice-sync}
subjects: [{kind: ServiceAccount, name: sluice-sync, namespace: shop}]
---
apiVersion: v1
kind: Secret
metadata: {name: ${GIT_SECRET}, namespace: sluice-system}
stringData: ${credential}
---
apiVersion: v1
kind: Secret
metadata: {name: deploy-key, namespace: shop}
stringData: ${credential}
---
apiVersion: sluice.dev/v1alpha1
kind: MetricProvider
metadata: {name: default}
spec: {prometheus: {address: '${options.prometheus}'}}
---
apiVersion: sluice.dev/v1alpha1
kind: GitTarget
metadata: {name: shop}
spec:
  url: ${options.repository}
  branch: main
  paths: [{prefix: shop, namespaces: [shop]}]
  secretRef: {name: ${GIT_SECRET}}
  budget: {perHour: 100, perRolloutPerDay: 100}
`;
}

/** Sluice's own reconciler, told to look at the repository. */
export function gitSync(repository: string): string {
  return `apiVersion: sluice.dev/v1alpha1
kind: GitSync
metadata: {name: shop, namespace: shop}
spec: {url: ${repository}, branch: main, path: shop, interval: 1s, serviceAccountName: sluice-sync, secretRef: {name: deploy-key}}
`;
}

const ANALYSIS = `analysis:
            templates: [{templateName: success-rate}]
            args: [{name: canary-hash, valueFrom: {podTemplateHashValue: Latest}}]`;

/** Two weights, each judged. Pods are ready late, so that nobody may count on them too early, and stop in order: they serve until they are gone. */
function rolloutYaml(release: Release): string {
  return `apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata:
  name: checkout
spec:
  replicas: ${release.replicas ?? 5}
  selector:
    matchLabels: {app: checkout}
  template:
    metadata:
      labels: {app: checkout, lab.sluice.dev/serve: "true"}
      annotations:
        lab.sluice.dev/error-rate: "${release.errorRate}"
        lab.sluice.dev/ready-delay: "2s"
        lab.sluice.dev/stop-delay: "5s"
    spec:
      containers:
        - name: checkout
          image: ${imageOf(release)}
          envFrom:
            - configMapRef: {name: checkout-config}
  strategy:
    canary:
      stableService: checkout-stable
      canaryService: checkout-canary
      maxSurge: 2
      maxUnavailable: 0
${release.routing === undefined ? '' : `      trafficRouting: ${JSON.stringify(release.routing)}\n`}      steps:
        - setWeight: 20
        - ${ANALYSIS}
        - setWeight: 60
        - ${ANALYSIS}
  rollback:
    onFailure: Revert
${release.gitTarget === undefined ? '' : `    git: {targetRef: {name: ${release.gitTarget}}}\n`}`;
}

/** Prometheus hears of new pods up to 5 s late, and a rate needs two scrapes: the first measurement waits for both. */
const TEMPLATE = `apiVersion: sluice.dev/v1alpha1
kind: AnalysisTemplate
metadata:
  name: success-rate
spec:
  args:
  - name: canary-hash
  metrics:
  - name: success-rate
    initialDelay: 9s
    interval: 1s
    count: 4
    failureLimit: 1
    inconclusiveLimit: 3
    noData: Pause
    successCondition: result[0] >= 0.95
    provider:
      prometheus:
        query: |
          (sum(rate(http_requests_total{service="checkout",pod_template_hash="{{args.canary-hash}}",code!~"5.."}[5s])) or vector(0))
          /
          sum(rate(http_requests_total{service="checkout",pod_template_hash="{{args.canary-hash}}"}[5s]))
`;

/** The Service of the users and those of the two sides, of which the controller sets the selector: it gets these annotations. */
function services(sideAnnotations: Readonly<Record<string, string>>): string {
  return ['checkout', 'checkout-stable', 'checkout-canary']
    .map(
      (name) =>
        `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n  annotations: ${JSON.stringify(name === 'checkout' ? {} : sideAnnotations)}\nspec:\n  selector: {app: checkout}\n  ports: [{name: http, port: 80, targetPort: 8080}]\n`,
    )
    .join('---\n');
}

/** The container's image of a release. */
export function imageOf(release: Release): string {
  return `shop/checkout:${release.tag}`;
}

/** The two files that a release changes. */
export function releaseFiles(release: Release): Readonly<Record<string, string>> {
  const config = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: checkout-config\ndata:\n  # How long checkout waits.\n  PAYMENT_TIMEOUT: ${release.paymentTimeout}\n`;
  return { 'shop/rollout.yaml': rolloutYaml(release), 'shop/config.yaml': config };
}

/** Everything else in the directory. */
export function surroundings(sideAnnotations: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { 'shop/services.yaml': services(sideAnnotations), 'shop/analysis.yaml': TEMPLATE, ...bannerFile('Summer sale') };
}

/** Another team's file. */
export function bannerFile(text: string): Readonly<Record<string, string>> {
  return { 'shop/banner.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: banner\ndata:\n  text: ${text}\n` };
}
