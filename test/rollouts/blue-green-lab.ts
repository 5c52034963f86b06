import { rolloutIs, type Until } from '../../src/sim/scenario/until.ts';
import { servicesOf } from './lab.ts';

/** What differs between the blue-green Rollouts of these tests. */
export interface BlueGreenWeb {
  readonly tag: string;
  readonly replicas?: number;
  /** The active and the preview Service; `web` and `web-preview` when absent. */
  readonly services?: readonly [active: string, preview: string];
  /** More fields of `strategy.blueGreen`, in flow style. */
  readonly fields?: string;
  /** More fields of `spec`, each on a line of its own. */
  readonly spec?: string;
}

/** A Rollout `shop/web` with an active and a preview Service. */
export function blueGreenWeb({ tag, replicas = 4, services = ['web', 'web-preview'], fields = '', spec = '' }: BlueGreenWeb): string {
  const all = [`activeService: ${services[0]}`, `previewService: ${services[1]}`, fields].filter((field) => field !== '').join(', ');
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
export const BLUE_GREEN_SERVICES = servicesOf('web', 'web', 'web-preview');

/** Until this revision is stable, and no old pod is warm any more. */
export function settledAt(revision: number, replicas = 4): Until {
  return rolloutIs('shop/web', 'Healthy', (status) => status['revision'] === revision && status['replicas'] === replicas);
}
