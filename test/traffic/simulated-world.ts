import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { ownCrds } from '../../src/api/own-crds.ts';
import type { ResourceKind } from '../../src/ports/cluster.ts';
import { createSimCluster } from '../../src/sim/cluster/sim-cluster.ts';
import { clusterWorld, type StartWorld } from './router-world.ts';

/** A world in a simulated API server of its own. */
export function simulatedWorld(kinds: readonly ResourceKind[]): StartWorld {
  return (rollout, crds) => {
    const sim = createSimCluster({ clock: createSystemClock(), crds: [...ownCrds(), ...crds] });
    return clusterWorld(sim.as({ name: 'sluice', groups: [] }), rollout, kinds);
  };
}
