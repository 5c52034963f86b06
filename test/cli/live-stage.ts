import { createSystemClock } from '../../src/adapters/clock/system-clock.ts';
import { type Instant, instant } from '../../src/api/time.ts';
import type { SimCluster, SimRequest } from '../../src/sim/cluster/sim-cluster.ts';
import { serveSimCluster } from '../../src/sim/http/serve-sim-cluster.ts';
import { CONTROLLER_USER } from '../../src/sim/invariants/controller-user.ts';
import { runScenario, type Scenario } from '../../src/sim/scenario/run-scenario.ts';
import { withKubeconfig } from '../app/with-kubeconfig.ts';
import { runConnected } from './run-connected.ts';

const START = Date.UTC(2026, 0, 1);

export interface LiveAnswer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Every request that the plugin sent, as `list pods`. */
  readonly requests: readonly string[];
}

/** A cluster as a scenario left it, the controller stopped at that moment, served over HTTP. */
export interface LiveStage {
  readonly now: Instant;
  readonly sim: SimCluster;
  /** Runs the plugin against it as somebody who may not touch these resources. */
  run(words: string, forbidden?: readonly string[]): Promise<LiveAnswer>;
}

/** Plays a scenario up to its end, and stops everything there. */
export async function playLive(scenario: Scenario): Promise<LiveStage> {
  let seen: ((request: SimRequest) => boolean) | undefined;
  const run = await runScenario({
    ...scenario,
    quiet: '0s',
    authorize: () => (request) => (seen?.(request) === false ? `not for you` : undefined),
  });
  const now = instant(START + (run.log.at(-1)?.at ?? 0));
  return {
    now,
    sim: run.sim,
    async run(words, forbidden = []) {
      const requests: string[] = [];
      seen = (request) => {
        requests.push(`${request.verb} ${request.kind.plural}`);
        return !forbidden.includes(request.kind.plural);
      };
      const front = await serveSimCluster({ cluster: run.sim, users: { key: CONTROLLER_USER }, port: 0 });
      // A moment that stands still.
      const clock = { ...createSystemClock(), now: () => now };
      try {
        const answer = await withKubeconfig(front.urlFor('key'), (file) => runConnected(words, file, clock), 'shop');
        return { ...answer, requests };
      } finally {
        seen = undefined;
        await front.close();
      }
    },
  };
}
