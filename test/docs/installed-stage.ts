import type { KubeObject } from '../../src/api/metadata.ts';
import { parseManifests } from '../../src/sim/scenario/manifests.ts';
import { rulesOf } from '../chart/rbac-grants.ts';
import { createRbacStage, type RbacStage, served } from '../chart/rbac-stage.ts';
import { ofKind, RELEASE, render } from '../chart/render.ts';
import { blocksOf, type Page } from './markdown.ts';

/** What the ClusterRole `edit` of every cluster holds, as far as GitSync needs it. */
const BUILT_IN_EDIT = {
  apiGroups: [''],
  resources: ['configmaps', 'services', 'secrets'],
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
};

/** `edit` with what the chart adds: view goes into edit. */
function editRole(objects: readonly KubeObject[]): KubeObject {
  const labels = ['rbac.authorization.k8s.io/aggregate-to-view', 'rbac.authorization.k8s.io/aggregate-to-edit'];
  const added = ofKind(objects, 'ClusterRole').filter((role) => labels.some((label) => role.metadata.labels?.[label] === 'true'));
  const rules = [BUILT_IN_EDIT, ...added.flatMap(rulesOf)];
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'edit' }, rules };
}

/** What the pages let people type: namespaces, the account of GitSync, the Secret. */
const TYPED = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: sluice-sync, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: sluice-sync, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
subjects: [{kind: ServiceAccount, name: sluice-sync, namespace: shop}]
---
apiVersion: v1
kind: Secret
metadata: {name: shop-git, namespace: ${RELEASE.namespace}}
stringData: {username: sluice, password: secret}
`;

/** A cluster on which somebody did what docs/install.md says, up to the manifests; RBAC is in force. `secrets` of the chart are those that a page names. */
export async function createInstalledStage(secrets: readonly string[] = ['shop-git']): Promise<RbacStage> {
  const stage = createRbacStage();
  const objects = await render({ secrets });
  for (const namespace of [RELEASE.namespace, 'shop'])
    await stage.apply(`{apiVersion: v1, kind: Namespace, metadata: {name: ${namespace}}}`);
  await stage.apply([editRole(objects), ...served(objects)]);
  await stage.apply(TYPED);
  return stage;
}

/** All manifests of a page, in their order. */
export function manifestsOf(page: Page): readonly KubeObject[] {
  return blocksOf(page, 'yaml').flatMap((block) => parseManifests(block.text));
}
