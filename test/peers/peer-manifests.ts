/** What differs between the Rollouts of these tests; texts with line ends are YAML blocks, the others YAML in flow style. */
export interface RolloutParts {
  readonly name?: string;
  readonly replicas?: number;
  readonly image?: string;
  /** More fields of `spec`, each on a line of its own. */
  readonly spec?: string;
  /** The whole of `spec.strategy.canary`. */
  readonly canary?: string;
  /** The whole of `spec.strategy.blueGreen`. */
  readonly blueGreen?: string;
  /** More fields of the pod's spec, each on a line of its own. */
  readonly pod?: string;
}

function indent(text: string, by: number): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : ' '.repeat(by) + line))
    .join('\n');
}

/** A Rollout as a team writes it for Argo Rollouts, with our `apiVersion`. Without `replicas` the default of the schema is taken. */
export function rollout(parts: RolloutParts): string {
  const { name = 'shop', replicas, image = 'shop:1', spec = '', canary, blueGreen, pod = '' } = parts;
  const strategy = blueGreen === undefined ? `canary:\n${indent(canary ?? '{}', 4)}` : `blueGreen:\n${indent(blueGreen, 4)}`;
  return `
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata:
  name: ${name}
spec:
${replicas === undefined ? '' : `  replicas: ${replicas}`}
${indent(spec, 2)}
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
      - name: ${name}
        image: ${image}
        ports:
        - name: http
          containerPort: 80
        resources:
          requests:
            memory: 16Mi
            cpu: 5m
${indent(pod, 6)}
  strategy:
${indent(strategy, 4)}
`;
}

/** Services that select the pods of a Rollout. */
export function services(app: string, ...names: readonly string[]): string {
  return names
    .map(
      (name) => `
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  ports:
  - port: 80
    targetPort: http
    protocol: TCP
    name: http
  selector:
    app: ${app}
---`,
    )
    .join('\n');
}
