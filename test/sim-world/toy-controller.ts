import { REPLICA_SET, ROLLOUT, SERVICE } from '../../src/api/kinds.ts';
import { POD_TEMPLATE_HASH } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/metadata.ts';
import { formatInstant, millis } from '../../src/api/time.ts';
import { isSluiceError } from '../../src/ports/errors.ts';
import { sleep } from '../../src/ports/sleep.ts';
import { countsOf, hashOf, type RolloutView, replicaSetsOf, selectorOf, viewRollout } from '../../src/sim/invariants/world-view.ts';
import type { ControllerDeps, StartController } from '../../src/sim/scenario/controller-port.ts';
import { createMirror } from '../../src/sim/world/mirror.ts';
import { dig } from './lab.ts';

/** What is wrong with the toy, to show that the tools find it. */
export type Defect = 'forgets-names' | 'jumps-steps' | 'drains-early' | 'writes-for-ever' | 'never-retries';

interface Tick {
  readonly deps: ControllerDeps;
  readonly raw: KubeObject;
  readonly rollout: RolloutView;
  readonly sets: readonly KubeObject[];
  readonly defect: Defect | undefined;
}

const TAG = /"image":"[^":]*:([^"]+)"/;

/** A small polling canary controller by replica counts: one write a second at most, everything it knows is in the API. It exists to try the scenario tools on. */
export function toyController(defect?: Defect, cached = false): StartController {
  return (deps) => {
    const stop = new AbortController();
    const mirror = createMirror({ cluster: deps.cluster, clock: deps.clock, kind: REPLICA_SET, parse: (object) => object });
    const read = cached
      ? () => Promise.resolve(mirror.list().map((item) => item.raw))
      : async () => (await deps.cluster.list(REPLICA_SET)).items;
    const end = Promise.all([loop(deps, stop.signal, read, defect), cached ? mirror.run(stop.signal) : undefined]);
    return Promise.resolve({
      async stop() {
        stop.abort();
        await end;
      },
    });
  };
}

type ReadSets = () => Promise<readonly KubeObject[]>;

async function loop(deps: ControllerDeps, signal: AbortSignal, read: ReadSets, defect: Defect | undefined): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const raw of (await deps.cluster.list(ROLLOUT)).items) await tick(deps, raw, read, defect);
    } catch (error) {
      if (!isSluiceError(error)) throw error;
      if (defect === 'never-retries') return;
    }
    await sleep(deps.clock, millis(1000), signal);
  }
}

async function tick(deps: ControllerDeps, raw: KubeObject, read: ReadSets, defect: Defect | undefined): Promise<void> {
  const rollout = viewRollout(raw);
  if (rollout === undefined) return;
  const all = await read();
  const sets = replicaSetsOf({ objects: () => all, object: () => undefined }, rollout);
  const hash = TAG.exec(JSON.stringify(raw['spec']))?.[1] ?? 'none';
  const at: Tick = { deps, raw, rollout, sets, defect };
  const next = sets.find((set) => hashOf(set) === hash);
  if (rollout.status.currentPodHash !== hash) return status(at, { currentPodHash: hash, currentStepIndex: 0, phase: 'Progressing' });
  const { stableRS } = rollout.status;
  const first = stableRS === undefined;
  if (next === undefined) return createSet(at, hash, first ? rollout.spec.replicas : 0);
  if (first || stableRS === hash) return finish(at, next, hash);
  return step(at, next, hash);
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

async function createSet({ deps, raw, defect }: Tick, hash: string, replicas: number): Promise<void> {
  const labels = { app: 'web', [POD_TEMPLATE_HASH]: hash };
  const suffix = defect === 'forgets-names' ? `-${deps.incarnation}` : '';
  const owner = { apiVersion: raw.apiVersion, kind: raw.kind, name: raw.metadata.name, uid: raw.metadata.uid ?? '', controller: true };
  const name = `${raw.metadata.name}-${hash}${suffix}`;
  await deps.cluster.create(REPLICA_SET, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: raw.metadata.namespace, labels, ownerReferences: [owner] },
    spec: { replicas, selector: { matchLabels: labels }, template: { ...objectOf(dig(raw, 'spec', 'template')), metadata: { labels } } },
  });
}

async function scaleSet({ deps }: Tick, set: KubeObject, replicas: number): Promise<void> {
  const { namespace, name, resourceVersion } = set.metadata;
  const body = { metadata: { resourceVersion }, spec: { replicas } };
  await deps.cluster.patch(REPLICA_SET, { namespace, name }, { type: 'merge', body });
}

async function status({ deps, raw, rollout }: Tick, change: Record<string, unknown>): Promise<void> {
  const next = { ...objectOf(raw['status']), ...change, observedGeneration: rollout.metadata.generation };
  await deps.cluster.update(ROLLOUT, { ...raw, status: next }, { subresource: 'status' });
}

/** The stable revision at full size, its Service on it, all others at zero. */
async function finish(at: Tick, set: KubeObject, hash: string): Promise<void> {
  const { rollout, sets, deps, defect } = at;
  const { replicas } = rollout.spec;
  if (countsOf(set).spec !== replicas) return scaleSet(at, set, replicas);
  if (countsOf(set).available !== replicas) return undefined;
  const service = (await deps.cluster.list(SERVICE)).items.find((item) => item.metadata.name === 'web-stable');
  if (service !== undefined && selectorOf(service)[POD_TEMPLATE_HASH] !== hash) {
    const body = { metadata: { resourceVersion: service.metadata.resourceVersion }, spec: { selector: { [POD_TEMPLATE_HASH]: hash } } };
    await deps.cluster.patch(SERVICE, service.metadata, { type: 'merge', body });
    return undefined;
  }
  const old = sets.find((other) => other !== set && countsOf(other).spec > 0);
  if (old !== undefined) return scaleSet(at, old, 0);
  const done =
    rollout.status.phase === 'Healthy' &&
    rollout.status.stableRS === hash &&
    rollout.status.observedGeneration === rollout.metadata.generation;
  if (done && defect !== 'writes-for-ever') return undefined;
  return status(at, { stableRS: hash, phase: 'Healthy', message: formatInstant(deps.clock.now()) });
}

async function step(at: Tick, next: KubeObject, hash: string): Promise<void> {
  const { rollout, sets, defect } = at;
  const { replicas } = rollout.spec;
  const steps = rollout.spec.strategy.canary?.steps ?? [];
  const index = rollout.status.currentStepIndex ?? 0;
  const entry = steps[index];
  const old = sets.find((set) => hashOf(set) === rollout.status.stableRS);
  const weight = entry === undefined ? 100 : Number(entry['setWeight'] ?? 0);
  const wanted = Math.ceil((replicas * weight) / 100);
  const [size, oldSize] = [countsOf(next), old === undefined ? 0 : countsOf(old).spec];
  if (defect === 'drains-early' && old !== undefined && oldSize > replicas - wanted) return scaleSet(at, old, replicas - wanted);
  const room = replicas + 1 - oldSize;
  if (size.spec < Math.min(wanted, room)) return scaleSet(at, next, Math.min(wanted, room));
  if (size.available < size.spec) return undefined;
  const keep = Math.max(replicas - size.available, replicas - wanted);
  if (old !== undefined && oldSize > keep && keep > 0) return scaleSet(at, old, keep);
  if (size.available < wanted) return undefined;
  if (entry === undefined) return finish(at, next, hash);
  return status(at, { currentStepIndex: index + (defect === 'jumps-steps' ? 2 : 1) });
}
