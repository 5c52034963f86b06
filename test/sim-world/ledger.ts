import { ANALYSIS_RUN, POD, REPLICA_SET, ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import { ANALYSIS_TYPE, POD_TEMPLATE_HASH, STEP_INDEX } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { instant } from '../../src/api/time.ts';
import type { ResourceKind } from '../../src/ports/cluster.ts';
import type { SimWrite } from '../../src/sim/cluster/sim-types.ts';
import { CONTROLLER_USER } from '../../src/sim/invariants/controller-user.ts';
import { type WatchOptions, watchInvariants } from '../../src/sim/invariants/watch-invariants.ts';

const USERS = {
  controller: CONTROLLER_USER,
  world: { name: 'system:kube-controller-manager', groups: [] },
  jane: { name: 'jane', groups: [] },
};

/** Writes made up one by one, so that each rule can be shown to fire and to stay silent. */
export interface Ledger {
  write(kind: ResourceKind, object: KubeObject, by?: keyof typeof USERS): void;
  remove(kind: ResourceKind, name: string, by?: keyof typeof USERS): void;
  /** `S4 shop/web: message`, each. */
  found(): readonly string[];
}

export function createLedger(options: Partial<WatchOptions> = {}): Ledger {
  const objects = new Map<string, KubeObject>();
  const listeners: ((write: SimWrite) => void)[] = [];
  const sim = {
    snapshot: () => [],
    onWrite(listener: (write: SimWrite) => void) {
      listeners.push(listener);
      return () => undefined;
    },
  };
  const watch = watchInvariants(sim, { clock: { now: () => instant(0) }, ...options });
  let sequence = 0;
  function send(kind: ResourceKind, name: string, after: KubeObject | undefined, by: keyof typeof USERS): void {
    const key = `${kind.kind} ${name}`;
    const before = objects.get(key);
    if (after === undefined) objects.delete(key);
    else objects.set(key, after);
    sequence += 1;
    const request = { sequence, verb: 'update', kind, namespace: 'shop', name, user: USERS[by], dryRun: false } as const;
    for (const listener of listeners)
      listener({ request, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) });
  }
  return {
    write: (kind, object, by = 'controller') => send(kind, object.metadata.name, object, by),
    remove: (kind, name, by = 'controller') => send(kind, name, undefined, by),
    found: () => watch.violations().map((violation) => `${violation.invariant} ${violation.object}: ${violation.message}`),
  };
}

export interface RolloutParts {
  readonly replicas?: number;
  readonly generation?: number;
  readonly steps?: readonly Record<string, unknown>[];
  readonly canary?: Record<string, unknown>;
  readonly annotations?: Record<string, string>;
  readonly deleting?: boolean;
  readonly status?: Record<string, unknown>;
}

export function rollout(parts: RolloutParts = {}): KubeObject {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Rollout',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: 'uid-web',
      generation: parts.generation ?? 1,
      ...(parts.annotations === undefined ? {} : { annotations: parts.annotations }),
      ...(parts.deleting === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: {
      replicas: parts.replicas ?? 4,
      selector: { matchLabels: { app: 'web' } },
      strategy: {
        canary: {
          stableService: 'web-stable',
          canaryService: 'web-canary',
          steps: parts.steps ?? [{ setWeight: 25 }, { pause: {} }],
          ...parts.canary,
        },
      },
    },
    status: { observedGeneration: 1, currentPodHash: 'new', stableRS: 'old', currentStepIndex: 0, ...parts.status },
  };
}

export function ownedSet(hash: string, spec: number, available = spec): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `web-${hash}`,
      namespace: 'shop',
      uid: `uid-${hash}`,
      labels: { [POD_TEMPLATE_HASH]: hash },
      ownerReferences: [{ apiVersion: 'sluice.dev/v1alpha1', kind: 'Rollout', name: 'web', uid: 'uid-web', controller: true }],
    },
    spec: { replicas: spec },
    status: { availableReplicas: available, readyReplicas: available },
  };
}

export function podOf(hash: string, index: number, ready = true, deleting = false): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `web-${hash}-${index}`,
      namespace: 'shop',
      uid: `uid-${hash}-${index}`,
      labels: { app: 'web', [POD_TEMPLATE_HASH]: hash },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `web-${hash}`, uid: `uid-${hash}`, controller: true }],
      ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: { containers: [] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

export function serviceTo(name: string, hash: string | undefined): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { selector: { app: 'web', ...(hash === undefined ? {} : { [POD_TEMPLATE_HASH]: hash }) }, ports: [{ port: 80 }] },
  };
}

export function analysisRun(hash: string, step: number, phase: string): KubeObject {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'AnalysisRun',
    metadata: {
      name: `web-${hash}-${step}`,
      namespace: 'shop',
      labels: { [POD_TEMPLATE_HASH]: hash, [STEP_INDEX]: String(step), [ANALYSIS_TYPE]: 'Step' },
    },
    spec: {},
    status: { phase },
  };
}

/** A Rollout mid-canary: 3 old pods and 1 new pod, all ready, and both Services. */
export function midCanary(options: Partial<WatchOptions> = {}, parts: RolloutParts = {}): Ledger {
  const ledger = createLedger(options);
  ledger.write(ROLLOUT, rollout(parts), 'jane');
  ledger.write(REPLICA_SET, ownedSet('old', 3), 'world');
  ledger.write(REPLICA_SET, ownedSet('new', 1), 'world');
  for (const index of [1, 2, 3]) ledger.write(POD, podOf('old', index), 'world');
  ledger.write(POD, podOf('new', 1), 'world');
  ledger.write(SERVICE, serviceTo('web-stable', 'old'), 'jane');
  ledger.write(SERVICE, serviceTo('web-canary', 'new'), 'jane');
  ledger.write(ANALYSIS_RUN, analysisRun('old', 0, 'Successful'), 'world');
  return ledger;
}
