import { LEASE } from '../api/kinds.ts';
import type { KubeObject } from '../api/metadata.ts';
import { type Instant, type Millis, millis } from '../api/time.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import { isSluiceError, SluiceError } from '../ports/errors.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import { sleep } from '../ports/sleep.ts';
import { type LeaseRecord, readLease, writeLease } from './lease-record.ts';

export interface LeaderElectorOptions {
  readonly cluster: Pick<Cluster, 'get' | 'create' | 'update'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly namespace: string;
  /** From {@link leaseName}. */
  readonly name: string;
  /** Unique to this process: two processes with one identity would both lead. */
  readonly identity: string;
  /** How long others wait after the last renewal they saw; 15 s. */
  readonly leaseDuration?: Millis | undefined;
  /** How long a leader may write after its last renewal; 10 s, and less than `leaseDuration`. */
  readonly renewDeadline?: Millis | undefined;
  readonly retryPeriod?: Millis | undefined;
}

export interface LeaderWork {
  /**
   * Does the leader's work until `signal` aborts, which is before another process can hold the lease. `lost` aborts with it, but not when the process was
   * asked to stop: a write that is under way may then end.
   */
  onStarted(signal: AbortSignal, lost: AbortSignal): Promise<void>;
}

export interface LeaderElector {
  /**
   * Waits for the lease and leads once. `cancelled`: `signal` aborted, and a lease that was held is given back when the work has ended. `lost`: leadership
   * ended by itself, and the work may not have; the process should exit. `finished`: the work ended by itself; the lease is given back.
   */
  run(work: LeaderWork, signal: AbortSignal): Promise<'cancelled' | 'lost' | 'finished'>;
  /** Whether this process holds the lease and has renewed it recently on the wall clock and on the monotonic clock. Ask before every write. */
  mayWrite(): boolean;
}

/** Name of the Lease of an installation; two instances in one namespace have two leases. */
export function leaseName(instance?: string): string {
  return instance === undefined || instance === '' ? 'sluice-controller' : `sluice-controller-${instance}`;
}

interface Renewal {
  readonly wall: Instant;
  readonly monotonic: Millis;
}

interface Timing {
  readonly leaseDuration: Millis;
  readonly renewDeadline: Millis;
  readonly retryPeriod: Millis;
}

function timingOf(options: LeaderElectorOptions): Timing {
  const timing = {
    leaseDuration: options.leaseDuration ?? millis(15_000),
    renewDeadline: options.renewDeadline ?? millis(10_000),
    retryPeriod: options.retryPeriod ?? millis(2_000),
  };
  if (timing.renewDeadline >= timing.leaseDuration || timing.retryPeriod >= timing.renewDeadline) {
    throw new SluiceError('spec_invalid', 'leader election needs retry period < renew deadline < lease duration');
  }
  return timing;
}

/** One process's view of the lease. Expiry is judged by when this process saw the record change, never by the times in it (client-go's rule). */
class Elector implements LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #timing: Timing;
  #observed: LeaseRecord | undefined;
  #observedAt: Millis = millis(0);
  #renewed: Renewal | undefined;
  #leadership: AbortController | undefined;
  #running = false;

  constructor(options: LeaderElectorOptions) {
    if (options.identity === '')
      throw new SluiceError('spec_invalid', 'leader election needs an identity, such as the pod name and a random part');
    this.#options = options;
    this.#timing = timingOf(options);
  }

  mayWrite(): boolean {
    if (this.#leadership === undefined || this.#leadership.signal.aborted || this.#renewed === undefined) return false;
    const { clock } = this.#options;
    // Both clocks: the monotonic one stands still while a virtual machine is suspended, and the wall clock can be set back.
    const { renewDeadline } = this.#timing;
    return clock.monotonic() - this.#renewed.monotonic < renewDeadline && clock.now() - this.#renewed.wall < renewDeadline;
  }

  async run(work: LeaderWork, signal: AbortSignal): Promise<'cancelled' | 'lost' | 'finished'> {
    if (this.#running) throw new SluiceError('invariant', 'the leader elector runs already');
    this.#running = true;
    try {
      while (!signal.aborted) {
        if (await this.#tryHold(signal)) return await this.#lead(work, signal);
        const { retryPeriod } = this.#timing;
        await sleep(this.#options.clock, millis(retryPeriod * (1 + 0.2 * this.#options.random())), signal);
      }
      return 'cancelled';
    } finally {
      this.#running = false;
    }
  }

  #observe(object: KubeObject): LeaseRecord {
    const record = readLease(object);
    if (record.resourceVersion !== this.#observed?.resourceVersion) {
      this.#observed = record;
      this.#observedAt = this.#options.clock.monotonic();
    }
    return record;
  }

  #isTaken(record: LeaseRecord): boolean {
    if (record.holder === '' || record.holder === this.#options.identity) return false;
    const patience = Math.max(this.#timing.leaseDuration, record.duration);
    return this.#options.clock.monotonic() - this.#observedAt < patience;
  }

  #claim(holder: string, duration: Millis, before: LeaseRecord | undefined): KubeObject {
    const { name, namespace, clock } = this.#options;
    return writeLease({ name, namespace, holder, duration, now: clock.now() }, before);
  }

  /** One try to take or renew the lease; false when somebody else has it. */
  async #tryHold(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#hold(signal);
    } catch (error) {
      if (isSluiceError(error, 'conflict') || isSluiceError(error, 'already_exists')) return false;
      if (!signal.aborted) this.#options.log.warn('the lease could not be read or written; trying again', { error });
      return false;
    }
  }

  async #hold(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#options;
    // Before the request: the lease counts from when the server wrote it, which is never earlier.
    const renewal: Renewal = { wall: clock.now(), monotonic: clock.monotonic() };
    if (!(await this.#renewAsSeen(signal)) && !(await this.#readAndClaim(signal))) return false;
    this.#renewed = renewal;
    return true;
  }

  /** Renews over what this leader wrote last, without a look: the version tells whether anybody wrote since. False when it has to look. */
  async #renewAsSeen(signal: AbortSignal): Promise<boolean> {
    const { cluster, identity } = this.#options;
    const before = this.#observed;
    if (this.#leadership?.signal.aborted !== false || before?.holder !== identity) return false;
    try {
      this.#observe(await cluster.update(LEASE, this.#claim(identity, this.#timing.leaseDuration, before), { signal }));
      return true;
    } catch (error) {
      if (isSluiceError(error, 'conflict') || isSluiceError(error, 'not_found')) return false;
      throw error;
    }
  }

  async #look(signal: AbortSignal): Promise<LeaseRecord | undefined> {
    const { cluster, name, namespace } = this.#options;
    const current = await cluster.get(LEASE, { namespace, name }, { signal });
    return current === undefined ? undefined : this.#observe(current);
  }

  async #readAndClaim(signal: AbortSignal): Promise<boolean> {
    const { cluster, identity } = this.#options;
    const { leaseDuration } = this.#timing;
    const record = await this.#look(signal);
    if (signal.aborted) return false;
    if (record === undefined) {
      this.#observe(await cluster.create(LEASE, this.#claim(identity, leaseDuration, undefined), { signal }));
    } else {
      if (this.#isTaken(record)) return false;
      this.#observe(await cluster.update(LEASE, this.#claim(identity, leaseDuration, record), { signal }));
    }
    return true;
  }

  async #lead(work: LeaderWork, signal: AbortSignal): Promise<'cancelled' | 'lost' | 'finished'> {
    const { log, identity } = this.#options;
    const leadership = new AbortController();
    const lost = new AbortController();
    this.#leadership = leadership;
    log.info('leading', { identity });
    let outcome: 'cancelled' | 'lost' | 'finished' = 'lost';
    const end = (why: 'cancelled' | 'finished'): void => {
      if (!leadership.signal.aborted) outcome = why;
      leadership.abort();
    };
    const cancel = (): void => end('cancelled');
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    leadership.signal.addEventListener('abort', () => {
      if (outcome === 'lost') lost.abort();
    });
    const doing = this.#work(work, leadership.signal, lost.signal).finally(() => end('finished'));
    await this.#keep(leadership);
    signal.removeEventListener('abort', cancel);
    log.info('no longer leading', { identity, outcome });
    if (await this.#stopped(doing, lost)) await this.#giveBack();
    return outcome;
  }

  async #work(work: LeaderWork, signal: AbortSignal, lost: AbortSignal): Promise<void> {
    try {
      await work.onStarted(signal, lost);
    } catch (error) {
      this.#options.log.error('the work of the leader failed', { error });
    }
  }

  /** Whether the work ended while the lease was certainly still ours. What then is still under way is cut off. */
  async #stopped(doing: Promise<void>, lost: AbortController): Promise<boolean> {
    if (lost.signal.aborted) return false;
    const over = new AbortController();
    const done = doing.then(() => over.abort());
    await Promise.race([done, sleep(this.#options.clock, this.#left(), over.signal)]);
    if (over.signal.aborted) return true;
    lost.abort();
    return false;
  }

  /** Renews until leadership ends, and ends it when the deadline passed on either clock. */
  async #keep(leadership: AbortController): Promise<void> {
    const { clock, identity } = this.#options;
    let deadline = this.#armDeadline(leadership);
    while (!leadership.signal.aborted) {
      await sleep(clock, this.#timing.retryPeriod, leadership.signal);
      if (leadership.signal.aborted) break;
      if (!this.mayWrite()) {
        leadership.abort();
        break;
      }
      if (await this.#tryHold(leadership.signal)) {
        deadline.cancel();
        deadline = this.#armDeadline(leadership);
      } else if (this.#observed !== undefined && this.#observed.holder !== identity) {
        leadership.abort();
      }
    }
    deadline.cancel();
  }

  #armDeadline(leadership: AbortController): Timer {
    return this.#options.clock.startTimer(this.#left(), () => leadership.abort());
  }

  /** Time until the deadline of the last renewal. */
  #left(): Millis {
    const passed = this.#options.clock.monotonic() - (this.#renewed?.monotonic ?? millis(0));
    return millis(Math.max(0, this.#timing.renewDeadline - passed));
  }

  async #free(before: LeaseRecord | undefined, signal: AbortSignal): Promise<void> {
    if (before?.holder !== this.#options.identity) return;
    await this.#options.cluster.update(LEASE, this.#claim('', millis(1_000), before), { signal });
  }

  /** Makes the lease free for the next one; only after the work has ended. */
  async #giveBack(): Promise<void> {
    const { clock, log } = this.#options;
    const over = new AbortController();
    const timer = clock.startTimer(this.#timing.retryPeriod, () => over.abort());
    try {
      await this.#free(this.#observed, over.signal).catch(async (error: unknown) => {
        if (!isSluiceError(error, 'conflict')) throw error;
        // A renewal that was cut off when leadership ended was made all the same.
        await this.#free(await this.#look(over.signal), over.signal);
      });
    } catch (error) {
      log.warn('the lease could not be given back; the next leader waits until it expires', { error });
    } finally {
      timer.cancel();
    }
  }
}

/** An elector for one Lease. */
export function createLeaderElector(options: LeaderElectorOptions): LeaderElector {
  return new Elector(options);
}
