import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';

/** What differs between the blue-green Rollouts of these tests. */
export interface BlueGreenWeb {
  readonly tag: string;
  readonly replicas?: number;
  /** More fields of `strategy.blueGreen`, in flow style. */
  readonly fields?: string;
  /** More fields of `spec`, each on a line of its own. */
  readonly spec?: string;
}

/** A Rollout `shop/web` with an active and a preview Service. */
export function blueGreenWeb({ tag, replicas = 4, fields = '', spec = '' }: BlueGreenWeb): string {
  const all = ['activeService: web', 'previewService: web-preview', fields].filter((field) => field !== '').join(', ');
  return `
apiVersion: sluice.dev/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:${tag}"}]}
${spec.replaceAll(/^(?=.)/gm, '  ')}
  strategy:
    blueGreen: {${all}}
`;
}

/** The active and the preview Service. */
export const BLUE_GREEN_SERVICES = ['web', 'web-preview']
  .map(
    (name) => `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`,
  )
  .join('---');

/** Until this revision is stable, and no old pod is warm any more. */
export function settledAt(revision: number, replicas = 4): Until {
  return rolloutIs('shop/web', 'Healthy', (status) => status['revision'] === revision && status['replicas'] === replicas);
}
