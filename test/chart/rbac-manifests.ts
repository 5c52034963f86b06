export const REPOSITORY = 'https://git.example.com/shop/deploy.git';

/** What the platform team sets up: GitSync's account may write what the directory holds, and nothing of the controller's. */
export const PLATFORM = `
apiVersion: v1
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
  - {apiGroups: [sluice.dev], resources: [rollouts, analysistemplates], verbs: [get, create, patch, delete]}
  - {apiGroups: [''], resources: [configmaps, services], verbs: [get, create, patch, delete]}
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
metadata: {name: shop-git, namespace: sluice-system}
stringData: {username: sluice, password: hunter2}
---
apiVersion: v1
kind: Secret
metadata: {name: deploy-key, namespace: shop}
stringData: {username: deploy, password: hunter3}
---
apiVersion: sluice.dev/v1alpha1
kind: MetricProvider
metadata: {name: default}
spec: {prometheus: {address: http://prometheus.monitoring:9090}}
---
apiVersion: sluice.dev/v1alpha1
kind: GitTarget
metadata: {name: shop}
spec:
  url: ${REPOSITORY}
  branch: main
  paths: [{prefix: shop, namespaces: [shop]}]
  secretRef: {name: shop-git}
---
apiVersion: sluice.dev/v1alpha1
kind: GitSync
metadata: {name: shop, namespace: shop}
spec: {url: ${REPOSITORY}, branch: main, path: shop, interval: 5s, serviceAccountName: sluice-sync, secretRef: {name: deploy-key}}
`;

const MEASURE = `
  metrics:
  - name: success
    interval: 10s
    count: 3
    failureLimit: 1
    successCondition: result[0] >= 0.95
    provider: {prometheus: {query: success}}
`;

/** Kinds that the story of a release does not touch. */
export const OTHER_KINDS = `
apiVersion: sluice.dev/v1alpha1
kind: ClusterAnalysisTemplate
metadata: {name: success}
spec:${MEASURE}
---
apiVersion: sluice.dev/v1alpha1
kind: Experiment
metadata: {name: compare, namespace: shop}
spec:
  templates:
  - name: only
    selector: {matchLabels: {app: compare}}
    template: {metadata: {labels: {app: compare}}, spec: {containers: [{name: web, image: "web:1"}]}}
`;

/** The directory \`shop\` of the repository, for one release. */
export function releaseFiles(tag: string): Readonly<Record<string, string>> {
  return {
    'shop/checkout.yaml': rollout('checkout', tag),
    'shop/config.yaml': [configMap('checkout-config', tag), configMap('shop-config', 'of all')].join('---'),
    'shop/template.yaml': TEMPLATE,
    'shop/services.yaml': services('checkout'),
  };
}

const TEMPLATE = `
apiVersion: sluice.dev/v1alpha1
kind: AnalysisTemplate
metadata: {name: success, namespace: shop}
spec:${MEASURE}`;

function configMap(name: string, text: string): string {
  return `
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: shop}
data: {text: "${text}"}
`;
}

function secret(name: string, text: string): string {
  return `
apiVersion: v1
kind: Secret
metadata: {name: ${name}, namespace: shop}
stringData: {text: "${text}"}
`;
}

/** What several Rollouts use. */
export const SHARED_SECRET = secret('shop-secret', 'of all');

/** The configuration of a Rollout beside Git. */
export function ownConfig(name: string, tag: string): string {
  return [configMap(`${name}-config`, tag), secret(`${name}-secret`, tag)].join('---');
}

/** A Rollout whose first weight is judged; history is kept as short as can be. Its configuration is its own, and that of all; so are its Secrets. */
export function rollout(name: string, tag: string): string {
  return `
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: ${name}, namespace: shop}
spec:
  replicas: 2
  revisionHistoryLimit: 0
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: web
        image: "web:${tag}"
        envFrom:
        - {configMapRef: {name: ${name}-config}}
        - {configMapRef: {name: shop-config}}
        - {secretRef: {name: shop-secret}}
        - {secretRef: {name: ${name}-secret, optional: true}}
  strategy:
    canary:
      stableService: ${name}-stable
      canaryService: ${name}-canary
      maxSurge: 1
      maxUnavailable: 0
      canaryMetadata: {labels: {role: canary}}
      stableMetadata: {labels: {role: stable}}
      steps: [{setWeight: 50}, {analysis: {templates: [{templateName: success}]}}]
`;
}

/** A Deployment that a Rollout takes over from, and a PodTemplate that another one uses. */
export const ADOPTED = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: legacy, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: legacy}}
  template:
    metadata: {labels: {app: legacy}}
    spec: {containers: [{name: web, image: "web:1"}]}
---
apiVersion: v1
kind: PodTemplate
metadata: {name: stored, namespace: shop}
template:
  metadata: {labels: {app: stored}}
  spec: {containers: [{name: web, image: "web:1"}]}
---
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: legacy, namespace: shop}
spec:
  replicas: 2
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: legacy, scaleDown: progressively}
  strategy: {canary: {}}
---
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: stored, namespace: shop}
spec:
  selector: {matchLabels: {app: stored}}
  workloadRef: {apiVersion: v1, kind: PodTemplate, name: stored}
  service: {ports: [{port: 80}]}
  strategy: {canary: {stableService: stored}}
`;

/** The two Services of a Rollout. */
export function services(name: string): string {
  return ['stable', 'canary']
    .map(
      (side) => `
apiVersion: v1
kind: Service
metadata: {name: ${name}-${side}, namespace: shop}
spec: {selector: {app: ${name}}, ports: [{port: 80}]}
`,
    )
    .join('---');
}

/** A Rollout over routes of both kinds and one that is made, and a second one over one that is made of the other kind. */
export function routedRollouts(tag: string): string {
  const routing = [
    ['routed', '{httpRoute: routed, grpcRoute: routed, generate: {name: routed-inner, parentRefs: [{name: inner}], port: 80}}'],
    ['generated', '{generate: {kind: GRPCRoute, parentRefs: [{name: inner}], port: 80}}'],
  ];
  return routing
    .map(
      ([name = '', gatewayAPI]) => `
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: ${name}, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: web, image: "web:${tag}"}]}
  strategy:
    canary:
      stableService: ${name}-stable
      canaryService: ${name}-canary
      trafficRouting: {gatewayAPI: ${gatewayAPI}}
      steps: [{setWeight: 50}, {pause: {duration: 1s}}]
`,
    )
    .join('---');
}

/** The routes that those Rollouts name. */
export const ROUTES = ['HTTPRoute', 'GRPCRoute']
  .map(
    (kind) => `
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: {name: routed, namespace: shop}
spec: {parentRefs: [{name: edge}], rules: [{backendRefs: [{name: routed-stable, port: 80}]}]}
`,
  )
  .join('---');
