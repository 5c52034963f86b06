import type { KubeObject } from '../../../../src/api/metadata.ts';

export interface DeployedService {
  readonly name: string;
  readonly namespace: string;
  readonly replicas?: number;
  /** Of the pods, without the lab's prefix: how they behave. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the pods, beside their containers. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** A Deployment of pods that answer, with the image `<name>:1`, and a Service for them. */
export function deployedService(options: DeployedService): readonly KubeObject[] {
  const { name, namespace, replicas = 1, annotations = {}, labels = {}, spec = {} } = options;
  const prefixed = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`lab.sluice.dev/${key}`, value]));
  const template = {
    metadata: { labels: { app: name, 'lab.sluice.dev/serve': 'true', ...labels }, annotations: prefixed },
    spec: { containers: [{ name: 'c', image: `${name}:1` }], ...spec },
  };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: { replicas, selector: { matchLabels: { app: name } }, template },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ];
}
