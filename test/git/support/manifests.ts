/** The Rollout's file. */
export function rolloutYaml(image: string, extra = ''): string {
  return `# the checkout service
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: checkout}
spec:
  replicas: 2
  selector: {matchLabels: {app: checkout}}
  template:
    metadata: {labels: {app: checkout}}
    spec:
      containers:
      - name: app
        image: "${image}"
        envFrom: [{configMapRef: {name: checkout-config}}]
  strategy: {canary: {steps: [{setWeight: 20}]}}
${extra}`;
}

/** A ConfigMap as a document. */
export function configYaml(value: string, name = 'checkout-config'): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  limit: "${value}"  # keep me\n`;
}

/** A Deployment that holds the template, and the Rollout that refers to it. */
export function referringYaml(image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: checkout}
spec:
  selector: {matchLabels: {app: checkout}}
  template:
    metadata: {labels: {app: checkout}}
    spec:
      containers:
      - name: app
        image: "${image}"
        envFrom: [{configMapRef: {name: checkout-config}}]
---
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: checkout}
spec:
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: checkout}
  strategy: {canary: {}}
`;
}
