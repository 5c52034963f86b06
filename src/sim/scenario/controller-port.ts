import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Random } from '../../ports/random.ts';
import type { SimCluster } from '../cluster/sim-types.ts';

/** What a scenario gives to each incarnation of the controller. */
export interface ControllerDeps {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly random: Random;
  /** Counts the starts from 1: above 1 after a crash. */
  readonly incarnation: number;
  /** What the metrics say now, for a metrics adapter of the test. */
  readonly metrics: ReadonlyMap<string, number | undefined>;
  /** The same port, whose calls never answer after a crash of this incarnation: wrap the repository and whatever else has effects outside of the cluster. */
  guard<T extends object>(port: T): T;
  /** Ends this incarnation like SIGKILL; the next one starts as after any crash. */
  readonly crash: () => void;
  /** For reading past the API: what a data plane would know. */
  readonly sim: SimCluster;
}

/** Starts the controller under test. */
export type StartController = (deps: ControllerDeps) => Promise<{ stop(): Promise<void> }>;
