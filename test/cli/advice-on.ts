import { ANALYSIS_RUN, REPLICA_SET, ROLLOUT } from '../../src/api/kinds.ts';
import { API_VERSION } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { instant } from '../../src/api/time.ts';
import { adviseOn } from '../../src/cli/model/advice.ts';
import { toRolloutView } from '../../src/cli/model/rollout-view.ts';
import { type Advice, formatWait } from '../../src/cli/model/wait.ts';
import type { World } from '../core-rollout/world.ts';

/** The objects of a world as the API server would give them to the plugin. */
export function objectsOf(world: World) {
  const owner = (kind: string, uid: string) => [{ apiVersion: API_VERSION, kind, name: 'checkout', uid, controller: true }];
  const replicaSets = [...world.sets.values()].map(
    ({ view }): KubeObject => ({
      apiVersion: 'apps/v1',
      kind: REPLICA_SET.kind,
      metadata: {
        name: view.name,
        namespace: 'shop',
        uid: view.uid,
        labels: view.labels,
        annotations: view.annotations,
        ownerReferences: owner('Rollout', 'uid-1'),
      },
      spec: { replicas: view.specReplicas, template: view.template },
      status: { replicas: view.replicas, readyReplicas: view.readyReplicas, availableReplicas: view.availableReplicas },
    }),
  );
  const runs = [...world.runs.values()].map(
    (run): KubeObject => ({ ...run, kind: ANALYSIS_RUN.kind, metadata: { ...run.metadata, ownerReferences: owner('Rollout', 'uid-1') } }),
  );
  return { rollout: { ...world.rollout(), kind: ROLLOUT.kind }, replicaSets, runs, pods: [] };
}

/** What the plugin says of a world a second later, so that "since" has something to say. */
export function adviceOn(world: World): { readonly advice: Advice; readonly waits: string; readonly can: string } {
  const now = instant(world.now + 1000);
  const advice = adviseOn(toRolloutView(objectsOf(world)), now);
  return { advice, waits: advice.waits.map((wait) => formatWait(wait, now)).join('\n'), can: advice.youCan.join(' ') };
}
