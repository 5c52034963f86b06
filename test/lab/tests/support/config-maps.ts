import { randomBytes } from 'node:crypto';
import { CONFIG_MAP, NAMESPACE } from '../../../../src/api/kinds.ts';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import type { Cluster } from '../../../../src/ports/cluster.ts';

/** A namespace of one test. */
export async function newNamespace(cluster: Cluster, prefix: string): Promise<string> {
  const name = `${prefix}-${randomBytes(3).toString('hex')}`;
  await cluster.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

/** Makes a ConfigMap. */
export function addConfigMap(cluster: Cluster, namespace: string, name: string, value = 'x'): Promise<KubeObject> {
  return cluster.create(CONFIG_MAP, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { value } });
}
