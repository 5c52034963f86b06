import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { CUSTOM_RESOURCE_DEFINITION, type KindDescriptor, NAMESPACE, SERVICE_ACCOUNT } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/metadata.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';

const NODE: KindDescriptor = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };
const NODES = 3;

function isEstablished(crd: KubeObject | undefined): boolean {
  return JSON.stringify(crd?.['status'] ?? {}).includes('"Established"');
}

/** Applies definitions and waits until they are served. */
export async function installCrds(cluster: Cluster, crds: readonly KubeObject[]): Promise<void> {
  await Promise.all(crds.map((crd) => cluster.apply(CUSTOM_RESOURCE_DEFINITION, crd, { fieldManager: 'lab', force: true })));
  for (const { metadata } of crds) {
    while (!isEstablished(await cluster.get(CUSTOM_RESOURCE_DEFINITION, { name: metadata.name }))) await delay(50);
  }
}

/** Removes definitions with every object of theirs, and waits until they are gone: the version that is stored cannot be changed otherwise. */
export async function removeCrds(cluster: Cluster, crds: readonly KubeObject[]): Promise<void> {
  for (const { metadata } of crds) {
    const there = (): Promise<KubeObject | undefined> => cluster.get(CUSTOM_RESOURCE_DEFINITION, { name: metadata.name });
    if ((await there()) === undefined) continue;
    await cluster.remove(CUSTOM_RESOURCE_DEFINITION, { name: metadata.name });
    while ((await there()) !== undefined) await delay(50);
  }
}

/** Applies every definition in the files of a folder. */
export async function installCrdsBelow(cluster: Cluster, directory: string): Promise<void> {
  const documents = readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => parseAllDocuments(readFileSync(path.join(directory, name), 'utf8')))
    .map((document) => document.toJS() as KubeObject | null);
  await installCrds(
    cluster,
    documents.filter((object): object is KubeObject => object?.kind === 'CustomResourceDefinition'),
  );
}

/** Nodes that kwok looks after. */
export async function addNodes(cluster: Cluster): Promise<void> {
  for (let index = 0; index < NODES; index += 1) {
    const name = `node-${index}`;
    const metadata = {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
    };
    await cluster.apply(NODE, { apiVersion: 'v1', kind: 'Node', metadata }, { fieldManager: 'lab' });
  }
}

/** Pods can only be made in a namespace once its default service account is there. */
export async function waitForServiceAccounts(cluster: Cluster): Promise<void> {
  while ((await cluster.get(NAMESPACE, { name: 'default' })) === undefined) await delay(50);
  while ((await cluster.get(SERVICE_ACCOUNT, { namespace: 'default', name: 'default' })) === undefined) await delay(50);
}

/** Makes a namespace, if it is not there. */
export async function ensureNamespace(cluster: Cluster, name: string): Promise<void> {
  await cluster.apply(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { fieldManager: 'lab' });
}
