import { SECRET, SERVICE_ACCOUNT } from '../../../../src/api/kinds.ts';
import type { Cluster } from '../../../../src/ports/cluster.ts';
import { isSluiceError } from '../../../../src/ports/errors.ts';
import { CLUSTER_ROLE_BINDING } from '../../../../src/sim/cluster/built-in-kinds.ts';
import { runTool } from '../../../support/kubectl.ts';
import { kubeconfigOfTest } from './kubeconfig-of-test.ts';

export interface RevocableToken {
  readonly token: string;
  /** The server refuses it from then on, once it has forgotten that it was good (10 s). */
  revoke(): Promise<void>;
}

async function makeReader(cluster: Cluster, namespace: string, name: string): Promise<void> {
  try {
    await cluster.create(SERVICE_ACCOUNT, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  } catch (error) {
    if (isSluiceError(error, 'already_exists')) return;
    throw error;
  }
  await cluster.create(CLUSTER_ROLE_BINDING, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `${namespace}-${name}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
}

/** A token of a service account that lives as long as a Secret of the given name does. */
export async function makeToken(cluster: Cluster, namespace: string, account: string, secret: string): Promise<RevocableToken> {
  await makeReader(cluster, namespace, account);
  await cluster.create(SECRET, { apiVersion: 'v1', kind: 'Secret', metadata: { name: secret, namespace } });
  const bound = ['--bound-object-kind', 'Secret', '--bound-object-name', secret];
  const { code, stdout, stderr } = await runTool('kubectl', ['create', 'token', account, '-n', namespace, ...bound], {
    env: { KUBECONFIG: kubeconfigOfTest() },
  });
  if (code !== 0) throw new Error(`kubectl create token: ${stderr}`);
  return { token: stdout.trim(), revoke: () => cluster.remove(SECRET, { namespace, name: secret }) };
}
