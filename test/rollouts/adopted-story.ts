import type { KubeObject } from '../../src/api/metadata.ts';
import { configMapManifest, type Release, rolloutManifest, servicesManifest } from '../../src/demo/manifests.ts';
import { parseManifests } from '../../src/sim/scenario/manifests.ts';
import type { Scenario } from '../../src/sim/scenario/run-scenario.ts';
import type { TimelineEvent } from '../../src/sim/scenario/timeline.ts';
import type { Until } from '../../src/sim/scenario/until.ts';
import { CONFIG_FILE, createStory, FIRST, INITIAL, ROLLOUT_FILE, type Story, type StoryHands } from './story.ts';

/** The Deployment's document. */
export const DEPLOYMENT_FILE = 'shop/deployment.yaml';

/** The lines of the demo's Rollout, with where its selector and template begin and where they end. */
function demoRollout(of: Release): { readonly lines: readonly string[]; readonly from: number; readonly to: number } {
  const lines = rolloutManifest(of).split('\n');
  return { lines, from: lines.indexOf('  selector:'), to: lines.indexOf('  strategy:') };
}

/** The Deployment with the demo's selector and template, without replicas: they are not Git's to say once the Rollout has taken over. */
export function deploymentManifest(of: Release): string {
  const { lines, from, to } = demoRollout(of);
  return ['apiVersion: apps/v1', 'kind: Deployment', 'metadata:', '  name: checkout', 'spec:', ...lines.slice(from, to), ''].join('\n');
}

/** The Rollout of the demo, with the template in the Deployment. */
export function adopterManifest(): string {
  const { lines, from, to } = demoRollout(FIRST);
  const ref = '  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: checkout, scaleDown: progressively}';
  return [...lines.slice(0, from), ref, ...lines.slice(to)].join('\n');
}

/** The files that a release changes when the template is in the Deployment. */
export function adoptedRelease(of: Release): Readonly<Record<string, string>> {
  return { [DEPLOYMENT_FILE]: deploymentManifest(of), [CONFIG_FILE]: configMapManifest(of) };
}

/** What GitSync may do besides: `verbs` on Deployments. */
export function deploymentRights(...verbs: readonly string[]): readonly KubeObject[] {
  return parseManifests(`
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deployments, namespace: shop}
rules: [{apiGroups: [apps], resources: [deployments], verbs: [${verbs.join(', ')}]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployments, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployments}
subjects: [{kind: ServiceAccount, name: sluice-sync, namespace: shop}]
`);
}

/** The story of a Rollout that refers to a Deployment of the same repository. */
export function adopted(
  timeline: (hands: StoryHands) => readonly TimelineEvent[],
  until?: Until,
): { readonly story: Story; readonly scenario: Scenario } {
  const initial = { ...INITIAL, ...adoptedRelease(FIRST), [ROLLOUT_FILE]: adopterManifest(), 'shop/services.yaml': servicesManifest() };
  const story = createStory({ initial, timeline, until });
  const rights = deploymentRights('get', 'create', 'patch', 'delete');
  return { story, scenario: { ...story.scenario, manifests: [...(story.scenario.manifests as readonly KubeObject[]), ...rights] } };
}
