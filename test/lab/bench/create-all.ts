import { INGRESS, NAMESPACE, ROLLOUT, SERVICE } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/metadata.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { each } from './each.ts';
import { type Member, namespacesOf } from './fleet.ts';

/** Requests of the bench itself at the same time. */
export const WIDTH = 32;

const KINDS = [SERVICE, INGRESS, ROLLOUT];

/** Makes the namespaces of the services, and what belongs to each of them. */
export async function createAll(
  cluster: Cluster,
  fleet: readonly Member[],
  objectsOf: (member: Member) => readonly KubeObject[],
): Promise<void> {
  for (const name of namespacesOf(fleet)) await cluster.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await each(fleet, WIDTH, async (member) => {
    for (const object of objectsOf(member)) {
      const kind = KINDS.find((one) => one.kind === object.kind);
      if (kind === undefined) throw new Error(`the bench makes no ${object.kind}`);
      await cluster.create(kind, object);
    }
  });
}
