import { POD, REPLICA_SET } from '../../../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH, REVISION } from '../../../../src/api/labels.ts';
import type { KubeObject } from '../../../../src/api/metadata.ts';
import type { Cluster } from '../../../../src/ports/cluster.ts';
import { until } from './until.ts';

const SECONDS = 60;

/** The ReplicaSets and pods of the Rollouts of one namespace, by revision. */
export interface RolloutPods {
  setOf(name: string, revision: number): Promise<KubeObject | undefined>;
  /** Pods that nobody deletes. */
  podsOf(name: string, revision: number): Promise<readonly KubeObject[]>;
  /** Waits until each of these revisions has so many pods that nobody deletes. */
  untilPods(name: string, wanted: Readonly<Record<number, number>>): Promise<void>;
}

/** Looks at ReplicaSets and pods in one namespace; the pods of a Rollout carry its name as their label `app`. */
export function rolloutPods(cluster: Cluster, namespace: string): RolloutPods {
  const looks: RolloutPods = {
    async setOf(name, revision) {
      const { items } = await cluster.list(REPLICA_SET, { namespace });
      return items.find((set) => set.metadata.name.startsWith(`${name}-`) && set.metadata.annotations?.[REVISION] === String(revision));
    },
    async podsOf(name, revision) {
      const hash = (await looks.setOf(name, revision))?.metadata.labels?.[POD_TEMPLATE_HASH];
      const { items } = await cluster.list(POD, { namespace, labelSelector: `app=${name}` });
      return items.filter(({ metadata }) => metadata.labels?.[POD_TEMPLATE_HASH] === hash && metadata.deletionTimestamp === undefined);
    },
    async untilPods(name, wanted) {
      const counts = async (): Promise<string> => {
        const found: Record<string, number> = {};
        for (const revision of Object.keys(wanted)) found[revision] = (await looks.podsOf(name, Number(revision))).length;
        return JSON.stringify(found);
      };
      const text = JSON.stringify(wanted);
      await until(`${name} has pods ${text}`, async () => ((await counts()) === text ? true : undefined), SECONDS, counts);
    },
  };
  return looks;
}
