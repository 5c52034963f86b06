/** What becomes of a service's second release. */
export type Fate = 'Promoted' | 'Restored' | 'Aborted';

/** One of many services that are released by one commit. */
export interface ManyService {
  readonly name: string;
  readonly fate: Fate;
}

export const REPLICAS = 2;

/** So many services; one of five is bad, and every other one of those is not to be taken out of Git. */
export function manyServices(count: number): readonly ManyService[] {
  return Array.from({ length: count }, (_, index) => {
    const bad = index % 5 === 0;
    return { name: `many-${String(index).padStart(2, '0')}`, fate: !bad ? 'Promoted' : index % 2 === 0 ? 'Restored' : 'Aborted' };
  });
}

/** The container's image of a service's release. */
export function imageOfMany({ name }: ManyService, tag: string): string {
  return `shop/${name}:${tag}`;
}

/** Prometheus answers with what the Rollout says it measures: nobody needs to send requests to this many services. */
const TEMPLATE = `apiVersion: sluice.dev/v1alpha1
kind: AnalysisTemplate
metadata:
  name: told
spec:
  args:
  - name: success-rate
  metrics:
  - name: success-rate
    interval: 1s
    count: 3
    failureLimit: 1
    successCondition: result[0] >= 0.95
    provider: {prometheus: {query: 'vector({{args.success-rate}})'}}
`;

function rolloutYaml(service: ManyService, tag: string): string {
  const { name, fate } = service;
  const rate = tag === '1' || fate === 'Promoted' ? '0.999' : '0.5';
  const analysis = `{analysis: {templates: [{templateName: told}], args: [{name: success-rate, value: '${rate}'}]}}`;
  return `apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata:
  name: ${name}
spec:
  replicas: ${REPLICAS}
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
        - name: app
          image: ${imageOfMany(service, tag)}
  strategy:
    canary:
      maxSurge: 1
      maxUnavailable: 0
      steps:
        - setWeight: 50
        - ${analysis}
  rollback:
    onFailure: ${fate === 'Aborted' ? 'Abort' : 'Revert'}
`;
}

/** Files of one release of all of them. */
export function manyFiles(services: readonly ManyService[], tag: string): Readonly<Record<string, string>> {
  const rollouts = services.map((service) => [fileOfMany(service), rolloutYaml(service, tag)]);
  return { 'shop/told.yaml': TEMPLATE, ...Object.fromEntries(rollouts) };
}

/** Where a service stands in the repository. */
export function fileOfMany({ name }: ManyService): string {
  return `shop/${name}.yaml`;
}
