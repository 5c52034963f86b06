import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Random } from '../ports/random.ts';
import type { ConnectOptions } from './connect-options.ts';

export interface Connection {
  readonly cluster: Cluster;
  /** The namespace of the kubeconfig's context; `default` when it names none. */
  readonly namespace: string;
  /** Closes the connections that are kept alive. */
  close(): Promise<void>;
}

/** What is known of the screen. */
export interface Terminal {
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Everything that a command may touch; tests hand in their own and run commands in process. */
export interface CliContext {
  /** Called once a command needs the cluster, so that help and usage errors work without one. */
  connect(options: ConnectOptions): Promise<Connection>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly terminal: Terminal;
  /** Aborted when the person interrupts. */
  readonly signal: AbortSignal;
  /** Text of a file; `-` is standard input. */
  readInput(path: string): Promise<string>;
}
