import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createRolloutGauges, type RolloutSample } from './rollout-gauges.ts';

/** What the controller counts about itself, under `sluice_*`. */
export interface Metrics {
  observeReconcile(controller: string, result: 'success' | 'error' | 'conflict', seconds: number): void;
  /** Replaces what was known of this Rollout: one series a Rollout, whatever phases it goes through. */
  setRollout(sample: RolloutSample): void;
  removeRollout(namespace: string, name: string): void;
  setQueueDepth(queue: string, depth: number): void;
  countApiRequest(verb: string, resource: string): void;
  /** `outcome` is a state of the restore commit: Pushed, Applied, AlreadyReverted, Superseded, Blocked. */
  countRestore(outcome: string): void;
  /** A release ended: `status` is its completionStatus, Promoted, Aborted, ... */
  observeRelease(status: string, seconds: number): void;
  setLeader(isLeader: boolean): void;
  readonly contentType: string;
  /** The text of /metrics. */
  render(): Promise<string>;
  /** Stops what runs in the background. */
  close(): void;
}

export interface MetricsOptions {
  readonly version: string;
  /** Measures the event loop's delay with the platform's own timer; off in tests with virtual time. */
  readonly eventLoop: boolean;
}

const RECONCILE_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** A minute to a day. */
const RELEASE_BUCKETS = [30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400];
const NANOSECONDS = 1e9;

/** A registry of its own: nothing global, so that two can live in one process. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const reconcile = new Histogram({
    name: 'sluice_reconcile_duration_seconds',
    help: 'How long one reconcile took, by controller and result.',
    labelNames: ['controller', 'result'],
    buckets: RECONCILE_BUCKETS,
    registers,
  });
  const depth = new Gauge({ name: 'sluice_workqueue_depth', help: 'Keys that wait for a worker.', labelNames: ['queue'], registers });
  const requests = new Counter({
    name: 'sluice_api_requests_total',
    help: 'Requests to the API server, by verb and resource.',
    labelNames: ['verb', 'resource'],
    registers,
  });
  const restores = new Counter({
    name: 'sluice_restore_commits_total',
    help: 'Restore commits, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  const releases = new Histogram({
    name: 'sluice_rollout_duration_seconds',
    help: 'How long a release took from its start to its end, by how it ended.',
    labelNames: ['status'],
    buckets: RELEASE_BUCKETS,
    registers,
  });
  const leader = new Gauge({ name: 'sluice_leader', help: '1 while this replica leads.', registers });
  const build = new Gauge({ name: 'sluice_build_info', help: 'Always 1; the version is the label.', labelNames: ['version'], registers });
  build.set({ version: options.version }, 1);
  const rollouts = createRolloutGauges(registers);
  const stopEventLoop = options.eventLoop ? watchEventLoop(registers) : () => undefined;
  return {
    observeReconcile: (controller, result, seconds) => reconcile.observe({ controller, result }, seconds),
    setRollout: rollouts.set,
    removeRollout: rollouts.remove,
    setQueueDepth: (queue, value) => depth.set({ queue }, value),
    countApiRequest: (verb, resource) => requests.inc({ verb, resource }),
    countRestore: (outcome) => restores.inc({ outcome }),
    observeRelease: (status, seconds) => releases.observe({ status }, seconds),
    setLeader: (isLeader) => leader.set(isLeader ? 1 : 0),
    contentType: registry.contentType,
    render: () => registry.metrics(),
    close: stopEventLoop,
  };
}

function watchEventLoop(registers: Registry[]): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const gauge = new Gauge({
    name: 'sluice_event_loop_delay_seconds',
    help: 'Delay of the event loop since the last scrape: mean, 99th percentile and maximum.',
    labelNames: ['stat'],
    registers,
    collect: () => {
      if (delay.count === 0) return;
      gauge.set({ stat: 'mean' }, delay.mean / NANOSECONDS);
      gauge.set({ stat: 'p99' }, delay.percentile(99) / NANOSECONDS);
      gauge.set({ stat: 'max' }, delay.max / NANOSECONDS);
      delay.reset();
    },
  });
  return () => delay.disable();
}
