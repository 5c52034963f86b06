import type { Cached } from '../../../src/api/cached.ts';
import { GIT_TARGET, type KindDescriptor, NAMESPACE, ROLLOUT } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/metadata.ts';
import { type Parse, parseGitTarget, parseRollout } from '../../../src/api/parse.ts';
import type { RollbackStatus } from '../../../src/api/rollout-status.ts';
import { type Instant, instant } from '../../../src/api/time.ts';
import type { SecretData } from '../../../src/controllers/restore/repository-credential.ts';
import { createRestoreReconciler } from '../../../src/controllers/restore/restore-reconciler.ts';
import { restoreId } from '../../../src/core/identity/restore-id.ts';
import type { Store } from '../../../src/kube/store.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import type { Log } from '../../../src/ports/log.ts';
import type { Repositories } from '../../../src/ports/repository.ts';
import { createSimCluster, type SimCluster } from '../../../src/sim/cluster/sim-cluster.ts';
import { crdsOf } from './crds.ts';
import { realClock } from './real-clock.ts';

export const CONTROLLER = { name: 'system:serviceaccount:sluice-system:sluice', groups: ['system:authenticated'] };
export const START = 1_700_000_000_000;

/** A cache that is always fresh. */
export function freshStore<T>(cluster: SimCluster, kind: KindDescriptor, parse: Parse<T>): Store<Cached<T>> {
  const keyOf = (raw: KubeObject): string =>
    raw.metadata.namespace === undefined ? raw.metadata.name : `${raw.metadata.namespace}/${raw.metadata.name}`;
  const cached = (raw: KubeObject): Cached<T> => ({ raw, parsed: parse(raw) });
  const find = (key: string): KubeObject | undefined => cluster.snapshot(kind).find((raw) => keyOf(raw) === key);
  return {
    get: (key) => {
      const raw = find(key);
      return raw === undefined ? undefined : cached(raw);
    },
    list: () => cluster.snapshot(kind).map(cached),
    byIndex: () => [],
    resourceVersionOf: (key) => find(key)?.metadata.resourceVersion,
    uidOf: (key) => find(key)?.metadata.uid,
  };
}

/** Collects what is logged, to look for credentials in it. */
export function memoryLog(lines: string[]): Log {
  const write = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
    lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  };
  return { debug: write, info: write, warn: write, error: write, child: () => memoryLog(lines) };
}

export function steppedClock(): Clock & { advance(milliseconds: number): void } {
  let now = START;
  return {
    now: () => instant(now),
    monotonic: realClock.monotonic,
    startTimer: realClock.startTimer,
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
}

export interface RestoreWorldOptions {
  readonly repositories: Repositories;
  readonly url: string;
  readonly good: string;
  readonly bad: string;
  readonly target?: Readonly<Record<string, unknown>>;
  readonly secret?: SecretData;
  readonly cause?: string;
  readonly directory?: string;
  /** More of the Rollout's status and spec. */
  readonly status?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface RestoreWorld {
  readonly cluster: SimCluster;
  readonly as: Cluster;
  readonly clock: ReturnType<typeof steppedClock>;
  readonly synced: string[];
  readonly lines: string[];
  readonly id: string;
  /** A new controller process, with a connection of its own. */
  restart(): void;
  reconcile(): Promise<{ readonly requeueAt?: Instant | undefined }>;
  rollback(): RollbackStatus;
}

/** A cluster in which the Rollout shop/checkout has failed and its restore is intended. */
export async function createRestoreWorld(options: RestoreWorldOptions): Promise<RestoreWorld> {
  const clock = steppedClock();
  const cluster = createSimCluster({ clock, crds: crdsOf('rollouts', 'gittargets') });
  const as = cluster.as(CONTROLLER);
  await as.create(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const target = { url: options.url, branch: 'main', paths: [{ prefix: 'apps/shop', namespaces: ['shop'] }], ...options.target };
  await as.create(GIT_TARGET, { apiVersion: 'sluice.dev/v1alpha1', kind: 'GitTarget', metadata: { name: 'shop' }, spec: target });
  const created = await as.create(ROLLOUT, {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'checkout', namespace: 'shop' },
    spec: {
      selector: { matchLabels: { app: 'checkout' } },
      template: { metadata: { labels: { app: 'checkout' } }, spec: { containers: [{ name: 'app', image: 'checkout:2' }] } },
      strategy: { canary: { steps: [{ setWeight: 20 }] } },
      ...options.spec,
    },
  });
  const id = restoreId(created.metadata.uid ?? '', 'abc', options.bad);
  const source = {
    engine: 'GitSync',
    name: 'shop',
    repository: options.url,
    branch: 'main',
    path: options.directory ?? 'apps/shop',
    file: 'apps/shop/checkout.yaml',
    generation: 1,
    observedAt: '2023-11-14T22:00:00Z',
  };
  const rollback = {
    id,
    state: 'Intent',
    podTemplateHash: 'abc',
    revision: 7,
    cause: options.cause ?? 'success-rate was 0.81, below 0.99',
    analysisRun: 'checkout-abc-7-1',
    gitTarget: 'shop',
    repository: options.url,
    branch: 'main',
    badCommit: options.bad,
    goodCommit: options.good,
    intentAt: '2023-11-14T22:10:00Z',
  };
  const status = {
    observedGeneration: 1,
    phase: 'Degraded',
    provenance: { current: { ...source, commit: options.bad }, lastGood: { ...source, commit: options.good } },
    rollback,
    ...options.status,
  };
  await as.update(ROLLOUT, { ...created, status }, { subresource: 'status' });
  const synced: string[] = [];
  const lines: string[] = [];
  const start = (client: Cluster): ReturnType<typeof createRestoreReconciler> =>
    createRestoreReconciler({
      cluster: client,
      repositories: options.repositories,
      clock,
      log: memoryLog(lines),
      rollouts: freshStore(cluster, ROLLOUT, parseRollout),
      gitTargets: freshStore(cluster, GIT_TARGET, parseGitTarget),
      readSecret: async () => options.secret,
      enqueueGitSync: (key) => synced.push(key),
    });
  let reconciler = start(as);
  return {
    cluster,
    as,
    clock,
    synced,
    lines,
    id,
    restart: () => {
      reconciler = start(cluster.as(CONTROLLER));
    },
    reconcile: () => reconciler.reconcile('shop/checkout', new AbortController().signal),
    rollback: () => {
      const parsed = parseRollout(cluster.snapshot(ROLLOUT)[0]!);
      if (!parsed.ok || parsed.value.status?.rollback === undefined) throw new Error('the rollout has no rollback record');
      return parsed.value.status.rollback;
    },
  };
}
