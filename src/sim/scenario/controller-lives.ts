import { type Millis, millis } from '../../api/time.ts';
import type { ResourceKind } from '../../ports/cluster.ts';
import { createRandom } from '../clock/random.ts';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import type { SimCluster } from '../cluster/sim-types.ts';
import { CONTROLLER_USER } from '../invariants/controller-user.ts';
import type { ControllerDeps, StartController } from './controller-port.ts';
import { createIncarnation, type Incarnation } from './incarnation.ts';
import type { RequestLine } from './request-line.ts';

/** From a crash to the start of the next incarnation, as a kubelet would restart it. */
const RESTART_AFTER = millis(2000);
/** A controller that cannot start is started again; after so many times the scenario says so. */
const MOST_FAILED_STARTS = 5;
const STOP_WITHIN = millis(60_000);

/** The controller under test from its first start to its end, through all crashes. */
export interface ControllerLives {
  start(): void;
  /** Stops it in an orderly way; answers what went wrong with that, if anything. */
  stop(): Promise<string | undefined>;
  incarnations(): number;
  /** Starts that failed, with their errors. */
  failedStarts(): readonly string[];
}

export interface LivesOptions {
  readonly sim: SimCluster;
  readonly clock: VirtualClock;
  readonly seed: number;
  readonly metrics: ReadonlyMap<string, number | undefined>;
  readonly startController: StartController;
  readonly line: RequestLine;
  readonly watchLag: ((kind: ResourceKind) => Millis) | undefined;
  readonly note: (text: string) => void;
}

interface Life {
  readonly incarnation: Incarnation;
  handle: { stop(): Promise<void> } | undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).split('\n', 3).join('\n') : String(error);
}

class Lives implements ControllerLives {
  readonly #options: LivesOptions;
  readonly #failedStarts: string[] = [];
  #current: Life | undefined;
  #count = 0;
  #ended = false;

  constructor(options: LivesOptions) {
    this.#options = options;
  }

  incarnations(): number {
    return this.#count;
  }

  failedStarts(): readonly string[] {
    return [...this.#failedStarts];
  }

  start(): void {
    if (this.#ended) return;
    this.#count += 1;
    if (this.#count > 1) this.#options.note('controller: started again');
    const life: Life = { incarnation: this.#incarnate(this.#count), handle: undefined };
    this.#current = life;
    this.#options.startController(this.#depsOf(life.incarnation)).then(
      (handle) => {
        life.handle = handle;
      },
      (error: unknown) => {
        if (life.incarnation.alive()) this.#failed(life.incarnation, error);
      },
    );
  }

  async stop(): Promise<string | undefined> {
    this.#ended = true;
    const life = this.#current;
    if (life === undefined || !life.incarnation.alive()) return undefined;
    const problem = life.handle === undefined ? undefined : await this.#stopOrderly(life.handle);
    life.incarnation.kill();
    return problem;
  }

  async #stopOrderly(handle: { stop(): Promise<void> }): Promise<string | undefined> {
    let problem: string | undefined;
    let done = false;
    handle.stop().then(
      () => {
        done = true;
      },
      (error: unknown) => {
        done = true;
        problem = `stop() failed: ${textOf(error)}`;
      },
    );
    const stopped = await this.#options.clock.runUntil(() => done, STOP_WITHIN);
    return stopped ? problem : `stop() did not end within ${STOP_WITHIN / 1000} s`;
  }

  #restart(): void {
    if (!this.#ended) this.#options.clock.startTimer(RESTART_AFTER, () => this.start());
  }

  #failed(incarnation: Incarnation, error: unknown): void {
    this.#failedStarts.push(textOf(error));
    incarnation.kill();
    if (this.#failedStarts.length < MOST_FAILED_STARTS) this.#restart();
  }

  #incarnate(number: number): Incarnation {
    const { sim, clock, line, watchLag } = this.#options;
    return createIncarnation({
      number,
      cluster: sim.as(CONTROLLER_USER),
      clock,
      send: line.send,
      watchLag: watchLag ?? (() => millis(0)),
      onCrash: () => this.#restart(),
    });
  }

  #depsOf(incarnation: Incarnation): ControllerDeps {
    const { seed, metrics, sim } = this.#options;
    const { cluster, clock, number, guard, crash } = incarnation;
    return { cluster, clock, random: createRandom(seed * 1000 + number), incarnation: number, metrics, guard, crash, sim };
  }
}

/** Keeps a controller running over the simulated cluster: a crash is followed by the next incarnation. */
export function createControllerLives(options: LivesOptions): ControllerLives {
  return new Lives(options);
}
