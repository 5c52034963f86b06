import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { GIT_SYNC, GIT_TARGET, type KindDescriptor, METRIC_PROVIDER, NAMESPACE, SERVICE_ACCOUNT } from '../api/kinds.ts';
import { objectMetaSchema } from '../api/metadata.ts';
import type { Cluster } from '../ports/cluster.ts';

const ROLE: KindDescriptor = { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'Role', plural: 'roles', namespaced: true };
const ROLE_BINDING: KindDescriptor = { ...ROLE, kind: 'RoleBinding', plural: 'rolebindings' };
const KINDS = [NAMESPACE, SERVICE_ACCOUNT, ROLE, ROLE_BINDING, METRIC_PROVIDER, GIT_TARGET, GIT_SYNC];

const objectSchema = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: objectMetaSchema });

/** Applies the platform team's objects, in the order of the text, as `kubectl apply --server-side` would. */
export async function applyManifests(cluster: Cluster, manifests: string): Promise<void> {
  for (const document of parseAllDocuments(manifests)) {
    const object = objectSchema.parse(document.toJS());
    const kind = KINDS.find((known) => known.kind === object.kind);
    if (kind === undefined) throw new Error(`the demo does not apply the kind ${object.kind}`);
    await cluster.apply(kind, object, { fieldManager: 'kubectl', fieldValidation: 'Strict' });
  }
}
