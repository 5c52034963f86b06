import { REPLICA_SET, SERVICE } from '../../../api/kinds.ts';
import { stableJson } from '../../cluster/stable-json.ts';
import { routerOf } from '../../router/simulated-routers.ts';
import { isChaos } from '../chaos.ts';
import type { Finding, Step } from '../invariant.ts';
import { createReplicasMemory } from '../replicas-memory.ts';
import { kindKey, named } from '../world-view.ts';
import { largestShares, podsNeeded, readyBehind, routedRollouts, sidesOf, wasRouted } from './service-shares.ts';
import type { Applied, TrafficInvariant } from './traffic-invariant.ts';

/** Somebody else moved what the controller had counted on: pods that left by themselves, a selector or a size that a person changed. */
function isDisturbance(step: Step): boolean {
  const { write } = step;
  if (isChaos(step)) return true;
  const kind = kindKey(write.request.kind);
  if (write.byController || (kind !== kindKey(SERVICE) && kind !== kindKey(REPLICA_SET))) return false;
  return write.before !== undefined && stableJson(write.before['spec']) !== stableJson(write.after?.['spec']);
}

/** S2, S3: at the moment when the data plane raises a share, the side that gets it has the pods for it. */
export const RAISED_TRAFFIC_HAS_CAPACITY: TrafficInvariant = {
  id: 'S3',
  says: 'whatever the data plane raises has the pods for it, as the controller wrote it and nobody disturbed them since',
  create() {
    const replicasOf = createReplicasMemory();
    /** By resourceVersion: when the controller wrote it. */
    const written = new Map<string, number>();
    let time = 0;
    let disturbedAt = -1;
    const findingsOf = ({ route, before, after, view }: Applied): readonly Finding[] => {
      const [, namespace] = route.split('/');
      const since = written.get(`${after?.version}`);
      if (before === undefined || after === undefined || since === undefined || disturbedAt >= since) return [];
      return routedRollouts(view, namespace).flatMap((rollout) => {
        const sides = sidesOf(rollout);
        const [had, has] = [largestShares([before], sides), largestShares([after], sides)];
        const backends = sides.map((side) => has.get(side)?.backend ?? { service: side, weight: 0 });
        // Once former routes are given back, numbers of pods make the weight.
        const givenBack = wasRouted(rollout);
        return Array.from(has.values())
          .filter(({ side, share }) => share > (had.get(side)?.share ?? 0) && !(givenBack && share === 1))
          .flatMap(({ side, share, backend }): Finding[] => {
            // An abort takes the traffic off a bad revision as soon as the other side serves at all.
            const needed = rollout.status.abort === true ? 1 : podsNeeded(rollout, share, replicasOf(rollout).least);
            const ready = readyBehind(view, namespace, backend);
            // While nothing is there yet, as at a first deployment, stable gets all of it.
            const elsewhere = backends.reduce((sum, other) => sum + readyBehind(view, namespace, other), 0);
            if (ready >= Math.min(needed, elsewhere)) return [];
            const shown = `${Math.round(share * 1000) / 10} % of ${route}`;
            return [
              {
                object: named(rollout),
                message: `${side} gets ${shown} in the data plane with ${ready} ready pods where ${needed} are needed`,
              },
            ];
          });
      });
    };
    return {
      onWrite: (step) => {
        time += 1;
        const { write, after } = step;
        for (const namespace of [write.after?.metadata.namespace])
          for (const rollout of routedRollouts(after, namespace)) replicasOf(rollout);
        if (isDisturbance(step)) disturbedAt = time;
        const version = write.after?.metadata.resourceVersion;
        if (write.byController && version !== undefined && routerOf(write.request.kind) !== undefined) written.set(version, time);
        return [];
      },
      onApplied: findingsOf,
    };
  },
};
